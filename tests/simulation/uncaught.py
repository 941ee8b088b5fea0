"""The mutants of the stores that no schedule of the first 200 catches, and what is known of why."""

UNCAUGHT: dict[str, str] = {
    "store: copy overwrites": "the record of the copies' ETags stops the clear that would lose by it",
    "store: copy ignores the ETag of its source": "no outsider rewrites a file between plan and copy in these schedules",
    "store: a log is begun anew": "a journal is made once, before anybody else knows of it",
    "store: append ignores the position": "the lease alone refuses an overtaken runner",
    "store: append ignores the lease": "the position alone refuses an overtaken runner",
    "store: a lease that was lost is renewed": "the position refuses its appends, the ETags its acts",
    "store: touch ignores the ETag": "nobody rewrites an original at that moment in these schedules",
}
