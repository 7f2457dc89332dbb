/**
 * libpq keywords with which a network that swallows packets is noticed in half a minute, rather than in the two hours
 * of the kernel. Milliseconds for `tcp_user_timeout`, seconds for the others.
 */
export const keepaliveKeywords = 'keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=25000';
