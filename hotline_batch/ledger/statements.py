"""The statements that move a row from one state to the next, whole and named; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import bindparam, text

from hotline_batch.ledger.database.for_each_row import ForEachRow


def _with_corrections_below(run_key: str) -> str:
    """All runs that correct a run, those that correct these, and so on: the numbers in `below`."""
    return f"""
    with recursive below (run_key) as (
        select run_key from correction where corrected_key = {run_key}
        union
        select correction.run_key from correction join below on correction.corrected_key = below.run_key)
    """  # noqa: S608 - the words are ours


WITH_CORRECTIONS_BELOW = _with_corrections_below(":run_key")

# The number of the newest correction that reached the row `other`, or may have; one of a correction counts as well.
CORRECTED_BY = f"""
    {_with_corrections_below("other.run_key")}
    select max(instead.run_key) from below
    join sheet_row as instead on instead.run_key = below.run_key and instead.position = other.position
    where instead.state in ('in_flight', 'succeeded', 'unknown')
"""  # noqa: S608 - the words are ours

# Whether the row `other` of the run `theirs` was sent, is on its way or in doubt within the duplicate window. That goes
# by the end of a run where it is later than the message: a sheet that is laid there anew while its run lasts for days,
# or waits for its hours, finds all that this run has sent. A run that nobody ended lasts as long as anybody may take
# its work, had it, or gave a sign of life for it. That `claimed_at` is asked for makes SQLite use the index. A message
# that was tried and is said not to be there counts as well where a correction of it reached that row.
WITHIN_WINDOW = f"""
    (other.state in ('in_flight', 'succeeded', 'unknown') or ({CORRECTED_BY}) is not null)
    and other.claimed_at is not null
    and (other.claimed_at > :guard_since or theirs.finished_at > :guard_since
         or (theirs.finished_at is null or theirs.state = 'running') and exists (
             select 1 from lane where lane.run_key = theirs.run_key
               and (lane.taken_at > :guard_since or lane.heartbeat_at > :guard_since
                    or theirs.state = 'running' and lane.for_workers <> 0 and lane.state in ('waiting', 'driving')
                       and :guard_since < 1e12)))
"""  # noqa: S608 - the words are ours

# A row may be sent once it is claimed, and is claimed only while it is to be sent: pending, or in doubt and a person
# wants it sent again. The latter stays in doubt until the second message is confirmed, since the first may have arrived
# whatever becomes of the second. The third condition is the guard against another run, also one of another process,
# that promised, sent or left in doubt the very same message; that of corrections is asked for before, see
# ``journal.overtaken``. The last one is that of a second pair of eyes, where one was asked: whatever way a run is
# started by, nothing leaves without its yes; nobody decides while a run is held.
CLAIM = text(f"""
    update sheet_row
    set state = 'in_flight', claimed_at = :claimed_at, attempts = attempts + 1
    where run_key = :run_key and position in :positions
      and (state = 'pending' or state = 'unknown' and code = 'resend_asked')
      and not exists (
          select 1 from sheet_row as other join run as theirs on theirs.run_key = other.run_key
          where other.key = sheet_row.key and other.run_key <> :run_key and {WITHIN_WINDOW})
      and not exists (
          select 1 from approval
          where run_key = :run_key and decision <> 'approved' and not exists (
              select 1 from approval as newer
              where newer.run_key = approval.run_key and newer.number > approval.number))
""").bindparams(bindparam("positions", expanding=True))  # noqa: S608 - the words are ours

# Which of these rows did this very claim get?
CLAIMED = text("""
    select position from sheet_row
    where run_key = :run_key and state = 'in_flight' and claimed_at = :claimed_at and position in :positions
""").bindparams(bindparam("positions", expanding=True))

# Which runs correct which. One that is still being planned does not yet.
CORRECTIONS = text("""
    select correction.corrected_key, run.id from correction join run on run.run_key = correction.run_key
    where run.state <> 'planning' order by correction.corrected_key, correction.number
""")

# What became of a row. A row that somebody else has settled meanwhile is left as it is, unless it is in doubt only
# because its process was thought dead: a late answer is the truth, where it answers the last attempt. Where a row in
# doubt was sent again and the second message certainly did not arrive, the first is as doubtful as before, also where
# the process of the second was thought dead. A confirmation that comes late counts more than a person's word that the
# message is not there, or is to be sent again, and than what became of later attempts: nothing of it is sent any more.
# While a later one is in flight, the row has all of the confirmation but its state, see ``confirmed_before``. Where the
# row knows nothing of the attempt, the database has lost the claim, as a copy that takes over for it may: what became
# of the attempt is as true as ever.
RECORD = ForEachRow(
    """
    update sheet_row
    set state = case when told.attempt < sheet_row.attempts and sheet_row.state = 'in_flight' then sheet_row.state
                     when sheet_row.code = 'resend_asked' and told.state in ('pending', 'failed') then 'unknown'
                     else told.state end,
        code = case when sheet_row.code = 'resend_asked' and told.state = 'pending' then sheet_row.code
                    when sheet_row.code = 'resend_asked' and told.state = 'failed' then 'resend_failed'
                    else told.code end,
        parameters = case when sheet_row.code = 'resend_asked' and told.state in ('pending', 'failed')
                          then told.as_cause else told.parameters end,
        attempts = case when sheet_row.attempts < told.attempt then told.attempt else sheet_row.attempts end,
        claimed_at = case when sheet_row.attempts < told.attempt then coalesce(told.finished_at, sheet_row.claimed_at)
                          else sheet_row.claimed_at end,
        http_status = told.http_status, not_before = told.not_before,
        finished_at = told.finished_at, topic_link = told.topic_link, reply = told.reply
    from told
    where sheet_row.run_key = :run_key and sheet_row.position = any(told.position)
      and sheet_row.position = told.position
      and (sheet_row.attempts < told.attempt
           or sheet_row.attempts > told.attempt and told.state = 'succeeded' and sheet_row.state <> 'succeeded'
           or sheet_row.attempts = told.attempt and (
               sheet_row.state = 'in_flight'
               or sheet_row.state = 'unknown' and sheet_row.code = 'interrupted_in_flight' and told.state <> 'pending'
                  and not (told.state = 'failed' and exists (
                      select 1 from attempt as earlier
                      where earlier.run_key = sheet_row.run_key and earlier.position = sheet_row.position
                        and earlier.number < told.attempt and earlier.delivery <> 'no'))
               or told.state = 'succeeded' and (
                      sheet_row.state = 'unknown' and sheet_row.code = 'resend_asked'
                      or sheet_row.state in ('failed', 'pending') and sheet_row.code = 'settled_as_not_delivered'
                      or sheet_row.state = 'skipped')))
    """,
    position="bigint",
    attempt="bigint",
    state="text",
    code="text",
    parameters="text",
    as_cause="text",
    http_status="integer",
    not_before="float8",
    finished_at="float8",
    topic_link="text",
    reply="text",
)

# One that was settled as interrupted meanwhile is told as it was.
ADD_ATTEMPT = ForEachRow(
    """
    insert into attempt (run_key, position, number, started_at, duration_seconds, http_status, error_code, delivery)
    select run.run_key, told.position, told.number, told.started_at, told.duration_seconds, told.http_status,
           told.error_code, told.delivery
    from run, told where run.run_key = :run_key
    on conflict (run_key, position, number) do update
    set started_at = excluded.started_at, duration_seconds = excluded.duration_seconds,
        http_status = excluded.http_status, error_code = excluded.error_code, delivery = excluded.delivery
    """,
    position="bigint",
    number="bigint",
    started_at="float8",
    duration_seconds="float8",
    http_status="integer",
    error_code="text",
    delivery="text",
)

# Which outcomes are kept already?
KEPT = text("""
    select position, number, started_at from attempt where run_key = :run_key and position in :positions
""").bindparams(bindparam("positions", expanding=True))

# The next rows to hand out, in the order of the sheet.
NEXT_PENDING = text("""
    select position, number, connection, arguments, attempts, not_before, state, key from sheet_row
    where run_key = :run_key and connection = :connection and position > :after
      and (state = 'pending' or state = 'unknown' and code = 'resend_asked')
    order by position limit :most
""")

PENDING_POSITION = text("""
    select position from sheet_row
    where run_key = :run_key and (state = 'pending' or state = 'unknown' and code = 'resend_asked')
    order by position limit 1 offset :nth
""")

# Failed rows and those in doubt may be sent yet, when a person says so.
CONNECTIONS_OPEN = text("""
    select distinct connection from sheet_row
    where run_key = :run_key and state not in ('succeeded', 'rejected', 'skipped')
""")

CONNECTIONS_FAILED = text("select distinct connection from sheet_row where run_key = :run_key and state = 'failed'")

COUNT_PENDING = text("""
    select connection, count(*) as rows from sheet_row
    where run_key = :run_key and (state = 'pending' or state = 'unknown' and code = 'resend_asked')
    group by connection
""")

IN_FLIGHT = text("""
    select position, connection, attempts, claimed_at from sheet_row
    where run_key = :run_key and state = 'in_flight' order by position
""")

# A process that was killed left these in flight. A message may have arrived; a look-up may simply be done again.
DOUBT_STALE_SENDS = text("""
    update sheet_row
    set state = 'unknown', code = 'interrupted_in_flight', finished_at = :now, parameters = ''
    where run_key = :run_key and position in :positions and state = 'in_flight'
""").bindparams(bindparam("positions", expanding=True))

# The attempts that nobody lived to tell of, for audit.
ADD_INTERRUPTED_ATTEMPTS = text("""
    insert into attempt (run_key, position, number, started_at, duration_seconds, http_status, error_code, delivery)
    select run_key, position, attempts, claimed_at, 0, null, 'interrupted_in_flight', :delivery
    from sheet_row where run_key = :run_key and position in :positions and state = 'in_flight'
    on conflict (run_key, position, number) do nothing
""").bindparams(bindparam("positions", expanding=True))

RELEASE_STALE_LOOKUPS = text("""
    update sheet_row set state = 'pending', not_before = null
    where run_key = :run_key and position in :positions and state = 'in_flight'
""").bindparams(bindparam("positions", expanding=True))

# A row in doubt stays in doubt; it is only no longer to be sent again.
SKIP = text("""
    update sheet_row
    set state = case when state = 'unknown' then state else 'skipped' end, code = :code, parameters = :parameters
    where run_key = :run_key and position = :position
      and (state = 'pending' or state = 'unknown' and code = 'resend_asked')
""")

ANY_WELL_BETWEEN = text("""
    select 1 from sheet_row
    where run_key = :run_key and position > :first and position < :last and state = 'succeeded' limit 1
""")

ANY_TRIED_SINCE = text("select 1 from sheet_row where run_key = :run_key and claimed_at > :moment limit 1")

COUNT_BY_STATE = text("select state, count(*) as rows from sheet_row where run_key = :run_key group by state")

# In the order in which records.record_from takes them.
ROWS = text("""
    select number, cells, state, arguments, connection, problems, code, parameters, http_status, attempts, finished_at,
           topic_link, reply, typed
    from sheet_row where run_key = :run_key order by position
""")
