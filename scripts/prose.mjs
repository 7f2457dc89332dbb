// What is prose among the literals of the code: words that a person reads, not SQL, keys or patterns.
const sql =
  /^\s*(select|with|insert|update|delete|create|alter|drop|grant|revoke|set|lock|copy|begin|commit|comment on|do|show|truncate|explain|declare|fetch|reset|refresh|analyze|security label|and|or|where|from|case|when|join|left|order|group|union|not|exists|in)\b/;

/** Two words of small letters beside each other, and not a statement. */
export function isProse(text) {
  return /(^|[^\w.$"-])[A-Za-z][a-z’']+,? [a-z]{2,}/.test(text) && !sql.test(text);
}
