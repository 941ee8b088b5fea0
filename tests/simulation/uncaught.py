"""The mutants of the stores that no schedule of the first 200 catches, with what is presumed to stop the loss."""

UNCAUGHT: dict[str, str] = {
    "store: copy overwrites": "presumably the record of the copies' ETags, which clear demands",
    "store: copy ignores the ETag of its source": "presumably that nobody rewrites a file between plan and copy there",
    "store: a log is begun anew": "presumably that a journal is made before anybody else knows of it",
    "store: append ignores the position": "presumably the lease, which refuses an overtaken runner as well",
    "store: append ignores the lease": "presumably the position, which refuses an overtaken runner as well",
    "store: a lease that was lost is renewed": "presumably the position of its appends and the ETags of its acts",
    "store: touch ignores the ETag": "presumably that nobody rewrites an original at that moment there",
}
