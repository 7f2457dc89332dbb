/** What ends statements, transactions and sessions that take longer or more; 0 is no limit. */
export const limitNames = [
  'statement_timeout',
  'lock_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'temp_file_limit',
] as const;

/** What makes the planner choose another plan, or a plan take more or less memory; results are the same. */
export const plannerNames = [
  'work_mem', 'hash_mem_multiplier', 'effective_cache_size', 'random_page_cost', 'seq_page_cost', 'cpu_tuple_cost', 'cpu_index_tuple_cost',
  'cpu_operator_cost', 'effective_io_concurrency', 'jit', 'jit_above_cost', 'max_parallel_workers_per_gather', 'max_parallel_workers',
  'parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size', 'default_statistics_target', 'plan_cache_mode',
  'from_collapse_limit', 'join_collapse_limit', 'geqo', 'constraint_exclusion', 'enable_partitionwise_join',
  'enable_partitionwise_aggregate', 'enable_hashjoin', 'enable_mergejoin', 'enable_nestloop', 'enable_seqscan', 'enable_indexscan',
  'enable_bitmapscan', 'enable_indexonlyscan', 'enable_memoize',
] as const; // prettier-ignore
