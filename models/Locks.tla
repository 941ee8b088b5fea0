------------------------------- MODULE Locks -------------------------------
(***************************************************************************)
(* The lock of one sink-day, wanted by the days of two replays.            *)
(*                                                                         *)
(* A lock is a blob that is created where nothing is; it names the replay  *)
(* and the number of the journal entry, the intent, that took it. A lock   *)
(* of a day that was finished after that entry is no lock: whoever wants   *)
(* it deletes it under its ETag and creates its own. So a lock that was    *)
(* left behind, or was created late by a runner that had been overtaken,   *)
(* keeps nobody out and lets nobody in.                                    *)
(*                                                                         *)
(* A journal is fenced by its lease (see Day.tla): each replay has one     *)
(* runner here, which may stop anywhere and be replaced by another; what   *)
(* the one before had sent is executed at any later time, any number of    *)
(* times. Looking at the lock and what follows from it are two steps.      *)
(***************************************************************************)
\* Steps of the engine: claim, clean_up, restore
\* Orders of the engine: carry_on, undo, release
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    Replays,
    MaxEtag,    \* as many locks are created, all in all
    MaxEntries, \* as many entries a journal has
    ENTRY_NUMBER,       \* a lock names the entry that took it; without, the replay alone
    UNDO_INTENT_FIRST,  \* undo is journaled before it takes the lock
    CONDITIONAL_DELETE  \* a lock is deleted under the ETag it had when it was looked at

VARIABLES
    lock,  \* [replay, entry, e], or None
    etag,  \* the next ETag
    net,   \* every request that was ever sent
    jour,  \* replay -> its journal: a sequence of entries
    pc     \* replay -> what its runner is at

vars == <<lock, etag, net, jour, pc>>

None == [replay |-> "none", entry |-> 0, e |-> 0]

Init ==
    /\ lock = None /\ etag = 1 /\ net = {}
    /\ jour = [r \in Replays |-> <<>>]
    /\ pc = [r \in Replays |-> "stopped"]
    /\ \A n \in 1..3 : TLCSet(n, FALSE)

-----------------------------------------------------------------------------
(* What a journal says. *)

Ending == {"closed", "restored", "released"}
Intents == {"claim", "undo"}

Last(r) == IF jour[r] = <<>> THEN "planned" ELSE jour[r][Len(jour[r])]
Number(r, what) ==  \* of the last such entry
    LET numbers == {n \in 1..Len(jour[r]) : jour[r][n] \in what} IN
        IF numbers = {} THEN 0 ELSE CHOOSE n \in numbers : \A m \in numbers : m <= n

Finished(r) == Last(r) \in Ending
\* Past "claimed", and not yet where it does nothing more to the sinks.
HasIt(r) == Last(r) = "claimed"

\* Whether a lock that was found is one.
Counts(found) ==
    /\ found # None
    /\ IF ENTRY_NUMBER
       THEN \A n \in 1..Len(jour[found.replay]) : n > found.entry => jour[found.replay][n] \notin Ending
       ELSE ~Finished(found.replay)

-----------------------------------------------------------------------------
(* Steps and orders. *)

Entry(r, what) == Len(jour[r]) < MaxEntries /\ jour' = [jour EXCEPT ![r] = Append(@, what)]
Goes(r, where) == pc' = [pc EXCEPT ![r] = where]
Send(request) == net' = net \cup {request}

\* A runner takes up the day, with the lease: another one, if there was one before.
CarryOn(r) ==
    /\ pc[r] = "stopped" /\ ~Finished(r)
    /\ IF Last(r) = "planned" THEN Entry(r, "claim") ELSE UNCHANGED jour
    /\ Goes(r, IF Last(r) \in {"planned", "claim", "undo"} THEN "claiming"
               ELSE IF Last(r) = "claimed" THEN "working" ELSE "releasing")
    /\ UNCHANGED <<lock, etag, net>>

\* A closed day whose backup is kept.
Undo(r) ==
    /\ pc[r] = "stopped" /\ Last(r) = "closed"
    /\ IF UNDO_INTENT_FIRST THEN Entry(r, "undo") ELSE UNCHANGED jour
    /\ Goes(r, "claiming")
    /\ UNCHANGED <<lock, etag, net>>

\* A person releases a held day: the journal says so first, then the lock goes.
Release(r) ==
    /\ pc[r] = "working" /\ Entry(r, "released") /\ Goes(r, "releasing")
    /\ UNCHANGED <<lock, etag, net>>

Stop(r) == pc[r] # "stopped" /\ Goes(r, "stopped") /\ UNCHANGED <<lock, etag, net, jour>>

Delete(e) == [do |-> "delete", e |-> e]
Create(r) == [do |-> "create", replay |-> r, entry |-> Number(r, Intents)]

\* claim, and undo's claiming again: a look at the lock, and what it asks for.
Claim(r) ==
    /\ pc[r] = "claiming"
    /\ \/ lock = None /\ Send(Create(r)) /\ UNCHANGED pc
       \/ lock # None /\ ~Counts(lock) /\ Send(Delete(lock.e)) /\ UNCHANGED pc
       \/ Counts(lock) /\ lock.replay = r /\ Goes(r, "has seen its lock") /\ UNCHANGED net
       \* Another replay's: refused, and tried again some day.
       \/ Counts(lock) /\ lock.replay # r /\ Goes(r, "stopped") /\ UNCHANGED net
    /\ UNCHANGED <<lock, etag, jour>>

\* An undo that is not journaled finds the lock that it has taken itself.
ClaimOwn(r) ==
    /\ ~UNDO_INTENT_FIRST /\ pc[r] = "claiming" /\ lock.replay = r /\ Goes(r, "has seen its lock")
    /\ UNCHANGED <<lock, etag, net, jour>>

Claimed(r) ==
    /\ pc[r] = "has seen its lock" /\ Entry(r, "claimed") /\ Goes(r, "working")
    /\ UNCHANGED <<lock, etag, net>>

\* The last act on the sinks is done and noted: by clean_up, or by restore.
LastAct(r) ==
    /\ pc[r] = "working" /\ Entry(r, "last act") /\ Goes(r, "releasing")
    /\ UNCHANGED <<lock, etag, net>>

\* Its own lock is deleted, whichever entry took it.
LetGo(r) ==
    /\ pc[r] = "releasing" /\ lock.replay = r /\ Send(Delete(lock.e))
    /\ UNCHANGED <<lock, etag, jour, pc>>

CleanUp(r) ==
    /\ pc[r] = "releasing" /\ lock.replay # r /\ Last(r) = "last act" /\ Number(r, {"undo"}) = 0
    /\ Entry(r, "closed") /\ Goes(r, "stopped")
    /\ UNCHANGED <<lock, etag, net>>

Restore(r) ==
    /\ pc[r] = "releasing" /\ lock.replay # r /\ Last(r) = "last act"
    /\ Entry(r, "restored") /\ Goes(r, "stopped")
    /\ UNCHANGED <<lock, etag, net>>

\* The store executes what was sent, when it likes and as often as it likes.
Late(request) ==
    /\ request \in net
    /\ \/ /\ request.do = "create" /\ lock = None /\ etag <= MaxEtag
          /\ lock' = [replay |-> request.replay, entry |-> request.entry, e |-> etag]
          /\ etag' = etag + 1
       \/ /\ request.do = "delete" /\ lock # None
          /\ CONDITIONAL_DELETE => lock.e = request.e
          /\ lock' = None /\ UNCHANGED etag
    /\ UNCHANGED <<net, jour, pc>>

LateRequest == \E request \in net : Late(request)

Next ==
    \/ \E r \in Replays :
        \/ CarryOn(r) \/ Undo(r) \/ Release(r) \/ Stop(r)
        \/ Claim(r) \/ ClaimOwn(r) \/ Claimed(r) \/ LastAct(r) \/ LetGo(r) \/ CleanUp(r) \/ Restore(r)
    \/ LateRequest

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------
(* What must always hold. *)

OneHolder == Cardinality({r \in Replays : HasIt(r)}) <= 1
\* Told once each, or the one above would say nothing.
Tell(n, what) == TLCGet(n) \/ (TLCSet(n, TRUE) /\ PrintT(what))
Reached ==
    /\ (\E r \in Replays : Last(r) = "restored" /\ Number(r, {"undo"}) > 0) => Tell(1, "reached: undone")
    /\ (\A r \in Replays : Number(r, {"claimed"}) > 0) => Tell(2, "reached: handed over")
    /\ (\E r \in Replays : Last(r) = "released") => Tell(3, "reached: released")
=============================================================================
