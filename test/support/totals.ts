/** The totals of all companies that are not what counting comes to: none, whatever was written. */
export async function wrongTotals(asOwner: (sql: string) => Promise<unknown[]>): Promise<unknown[]> {
  return asOwner(`
    with kept as (select company_id, kind, directory_id, break_glass, sum(delta) as total from resource_count group by 1, 2, 3, 4),
      counted as (
        select company_id, 'User' as kind, directory_id, break_glass, count(*) as total from app_user where deleted_at is null group by 1, 3, 4
        union all select company_id, 'Team', directory_id, false, count(*) from team where deleted_at is null group by 1, 3)
    select 'kept' as is, * from (select * from kept where total <> 0 except select * from counted) k
    union all select 'counted', * from (select * from counted except select * from kept) c`);
}
