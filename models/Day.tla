-------------------------------- MODULE Day --------------------------------
(***************************************************************************)
(* One day of one replay: the lease and the journal, and every act that    *)
(* may lose a byte.                                                        *)
(*                                                                         *)
(* Runners hold the lease of the journal while they work. A lease may be   *)
(* broken, or run out, at any moment while its runner still believes that  *)
(* it holds it. A runner looks at the world and sends a request; the       *)
(* request is executed at any later time, any number of times (a client    *)
(* repeats it), also after its sender was overtaken or died. So an act is  *)
(* two steps here: the runner puts a request, with its condition, into     *)
(* `net`, and `Late` executes it. What a runner has seen may be untrue     *)
(* when it journals the proof: looking and journaling are two steps, too.  *)
(*                                                                         *)
(* A blob is [c |-> content, e |-> ETag, ok |-> whether the store says     *)
(* that the copy which made it ended in success]. Contents: "old" is the   *)
(* original, "new" what the replay made land, "half" a copy that failed,   *)
(* "other" what somebody else wrote over a copy.                           *)
(*                                                                         *)
(* The constants in capitals are the engine's orders; with one of them set *)
(* to the other value, TLC must find the invariant broken that README.md   *)
(* names for it.                                                           *)
(***************************************************************************)
\* Steps of the engine: back_up, clear, publish, settle, land, clean_up, restore
\* Orders of the engine: carry_on, resume, accept, restore, undo, sweep
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
    Runners, Blobs,
    MaxEtag,    \* as many blobs are written, all in all
    MaxRefills, \* as many times the pipeline writes a blob
    RECHECK_UNDER_LEASE,     \* an order is judged on the journal as read under its lease
    PINNED_COPY,             \* clear demands the ETag that back_up recorded of each copy
    COPY_OVERWRITES,         \* a copy is made over whatever is there
    TOUCH,                   \* restore gives an original that is still in place a new ETag
    INTENT_FIRST_GIVING_UP,  \* clean_up journals that it gives up before it does
    INTENT_FIRST_UNDO,       \* undo is journaled before its first act
    INTENT_FIRST_SWEEP,      \* so is sweep
    PROOF_OF_LANDING         \* a day goes on to clean_up when its sinks are refilled, or somebody accepts them as they are

VARIABLES
    lease,    \* the runner whose lease the store knows, or Nobody
    pc,       \* what each runner is at: [at, of]
    jour,     \* the facts that the journal's entries add up to
    keep,     \* whether the backup is kept when the day is closed
    sink,     \* name -> the blob that is there, or None
    copy,     \* name -> its copy in the backup, or None
    recorded, \* name -> the copy's ETag that back_up wrote down, or 0
    net,      \* every request that was ever sent
    etag,     \* the next ETag
    kafka,    \* the positions: closed, open, fenced or done
    pending,  \* something was published that has not landed yet
    refills,  \* as many times the pipeline has written a blob
    mishaps,  \* what went wrong already, at most once each: a copy that failed, a copy somebody wrote over
    begun     \* an undo has begun: it was journaled, or it did something

world == <<sink, copy, recorded, etag, mishaps>>
publishing == <<kafka, pending, refills>>
vars == <<lease, pc, jour, keep, net, begun, world, publishing>>

None == [c |-> "none", e |-> 0, ok |-> FALSE]
Nobody == "nobody"
Original == [c |-> "old", e |-> 1, ok |-> FALSE]
Orders == {"carry_on", "resume", "accept", "restore", "undo", "sweep"}
Idle == [at |-> "idle", of |-> "nothing"]

Init ==
    /\ lease = Nobody
    /\ pc = [p \in Runners |-> Idle]
    /\ jour = [stage |-> "checked", clear |-> FALSE, giving_up |-> FALSE, turned_back |-> FALSE, undo |-> FALSE,
               sweep |-> FALSE, swept |-> FALSE, files_back |-> FALSE, held |-> FALSE, accepted |-> FALSE]
    /\ keep \in BOOLEAN
    /\ sink = [b \in Blobs |-> Original]
    /\ copy = [b \in Blobs |-> None]
    /\ recorded = [b \in Blobs |-> 0]
    /\ net = {}
    /\ etag = 2
    /\ kafka = "closed" /\ pending = FALSE /\ refills = 0
    /\ mishaps = {}
    /\ begun = FALSE
    /\ \A n \in 1..6 : TLCSet(n, FALSE)

-----------------------------------------------------------------------------
(* Orders: asked for by anybody, judged under the lease. *)

Finished == jour.stage = "restored" \/ (jour.stage = "closed" /\ ~jour.turned_back)
Kept == jour.stage = "closed" /\ keep /\ ~jour.turned_back /\ ~jour.undo

Allowed(o) ==
    CASE o = "carry_on" -> ~Finished /\ ~jour.held
      [] o = "resume"   -> ~Finished /\ jour.held
      [] o = "accept"   -> jour.stage = "settled" /\ ~jour.turned_back /\ ~jour.giving_up /\ ~jour.held
      [] o = "restore"  -> ~Finished /\ ~jour.turned_back /\ ~jour.giving_up
      [] o = "undo"     -> Kept /\ ~jour.sweep
      [] o = "sweep"    -> Kept /\ ~jour.swept

Ordered(o) ==
    CASE o = "resume"  -> [jour EXCEPT !.held = FALSE]
      [] o = "accept"  -> [jour EXCEPT !.accepted = TRUE]
      [] o = "restore" -> [jour EXCEPT !.held = FALSE, !.turned_back = TRUE]
      [] o = "undo"    -> IF INTENT_FIRST_UNDO THEN [jour EXCEPT !.undo = TRUE, !.turned_back = TRUE] ELSE jour
      [] o = "sweep"   -> IF INTENT_FIRST_SWEEP THEN [jour EXCEPT !.sweep = TRUE] ELSE jour
      [] OTHER -> jour

\* What a runner does once the order is journaled follows from the journal, whichever order it was.
Work(o) == IF o = "sweep" \/ (o = "undo" /\ ~INTENT_FIRST_UNDO) THEN o ELSE "carry_on"

\* The lease is free, has run out, or is broken: whoever held it is overtaken and does not know it.
Take(p, o) ==
    /\ lease' = p
    /\ pc' = [pc EXCEPT ![p] = [at |-> "working", of |-> Work(o)]]
    /\ jour' = Ordered(o)
    /\ begun' = (begun \/ (o = "undo" /\ INTENT_FIRST_UNDO))
    /\ UNCHANGED <<keep, net, world, publishing>>

\* What was seen before the lease was taken does not count, so it is no step of its own.
Order(p, o) == RECHECK_UNDER_LEASE /\ pc[p] = Idle /\ Allowed(o) /\ Take(p, o)

\* Mutated: it is judged at once, and not again when the lease is there.
OrderJudged(p, o) ==
    /\ ~RECHECK_UNDER_LEASE /\ pc[p] = Idle /\ Allowed(o)
    /\ pc' = [pc EXCEPT ![p] = [at |-> "judged", of |-> o]]
    /\ UNCHANGED <<lease, jour, keep, net, begun, world, publishing>>
OrderUnchecked(p) == pc[p].at = "judged" /\ Take(p, pc[p].of)

\* It dies, or gives up, anywhere; or it finds out that it was overtaken.
Stop(p) ==
    /\ pc[p] # Idle
    /\ pc' = [pc EXCEPT ![p] = Idle]
    /\ UNCHANGED <<lease, jour, keep, net, begun, world, publishing>>

-----------------------------------------------------------------------------
(* What a runner does: it sends requests, it sees that a step is done, it journals. *)

\* Before every act a runner checks that the lease is surely still its own; what it sends may arrive much later.
At(p, where) == lease = p /\ pc[p].at = where

NextStep ==
    IF jour.turned_back THEN "restore"
    ELSE CASE jour.stage = "checked" -> "back_up"
           [] jour.stage = "backed_up" -> "clear"
           [] jour.stage = "cleared" -> "publish"
           [] jour.stage = "published" -> "settle"
           [] jour.stage = "settled" -> "land"
           [] jour.stage = "landed" -> "clean_up"
           [] OTHER -> "nothing"

In(p, step) == At(p, "working") /\ pc[p].of # "sweep" /\ ~Finished /\ ~jour.held /\ NextStep = step
UndoUnjournaled(p) == At(p, "working") /\ pc[p].of = "undo" /\ ~jour.turned_back

Send(r) == net' = net \cup {r} /\ net' # net /\ UNCHANGED <<lease, pc, jour, keep, world, publishing>>
Saw(p, what) ==
    /\ pc' = [pc EXCEPT ![p] = [at |-> "proving", of |-> what]]
    /\ UNCHANGED <<lease, jour, keep, net, begun, world, publishing>>
Note(p, entry) ==
    /\ jour' = entry
    /\ UNCHANGED <<lease, pc, keep, net, begun, world, publishing>>

Copy(b)        == [do |-> "copy", b |-> b, e |-> Original.e]
CopyBack(b)    == [do |-> "copy_back", b |-> b, e |-> recorded[b]]
Delete(b, e)   == [do |-> "delete", b |-> b, e |-> e]
DeleteCopy(b, e) == [do |-> "delete_copy", b |-> b, e |-> e]
Record(b, e)   == [do |-> "record", b |-> b, e |-> e]
TouchOf(b, e)  == [do |-> "touch", b |-> b, e |-> e]

BackUp(p) ==
    /\ In(p, "back_up")
    /\ \/ \E b \in Blobs :
            /\ UNCHANGED begun
            /\ \/ copy[b] = None /\ Send(Copy(b))
               \/ copy[b] # None /\ ~copy[b].ok /\ Send(DeleteCopy(b, copy[b].e))
               \/ copy[b].ok /\ recorded[b] = 0 /\ Send(Record(b, copy[b].e))
       \/ (\A b \in Blobs : recorded[b] # 0) /\ Saw(p, "back_up")

\* The backup as clear demands it, before it deletes anything.
Right(b) == IF PINNED_COPY THEN copy[b].e = recorded[b] ELSE copy[b] # None

Clear(p) ==
    \/ /\ In(p, "clear")
       /\ \/ ~jour.clear /\ Note(p, [jour EXCEPT !.clear = TRUE])
          \/ jour.clear /\ (\A b \in Blobs : sink[b] = None) /\ Saw(p, "clear")
          \/ /\ jour.clear
             /\ \E b \in Blobs : sink[b] # None
             /\ IF \A b \in Blobs : Right(b)
                THEN /\ pc' = [pc EXCEPT ![p].at = "backup seen"]
                     /\ UNCHANGED <<lease, jour, keep, net, begun, world, publishing>>
                ELSE Note(p, [jour EXCEPT !.held = TRUE])
    \/ /\ At(p, "backup seen")
       /\ net' = net \cup {Delete(b, Original.e) : b \in Blobs}
       /\ pc' = [pc EXCEPT ![p].at = "working"]
       /\ UNCHANGED <<lease, jour, keep, begun, world, publishing>>

\* Publishers go on until they are done or fenced, whoever holds the lease (see Shard.tla).
Publish(p) ==
    /\ In(p, "publish")
    /\ \/ kafka = "closed" /\ kafka' = "open"
          /\ UNCHANGED <<lease, pc, jour, keep, net, begun, world, pending, refills>>
       \/ kafka = "done" /\ Saw(p, "publish")
Publisher ==
    /\ kafka = "open" /\ pending' = TRUE /\ kafka' \in {"open", "done"}
    /\ UNCHANGED <<lease, pc, jour, keep, net, begun, world, refills>>

Settle(p) == In(p, "settle") /\ ~pending /\ Saw(p, "settle")

\* Until then the day waits, and is looked at again.
Refilled == \A b \in Blobs : sink[b].c = "new"
Land(p) == In(p, "land") /\ (Refilled \/ jour.accepted \/ ~PROOF_OF_LANDING) /\ Saw(p, "land")

CleanUp(p) ==
    /\ In(p, "clean_up")
    /\ IF INTENT_FIRST_GIVING_UP /\ ~jour.giving_up THEN Note(p, [jour EXCEPT !.giving_up = TRUE])
       ELSE \/ ~keep /\ (\E b \in Blobs : copy[b] # None /\ Send(DeleteCopy(b, recorded[b]))) /\ UNCHANGED begun
            \/ (keep \/ \A b \in Blobs : copy[b] = None) /\ Saw(p, "clean_up")

\* One act of putting the files back: aside with what the replay made land, a new ETag for what is in place,
\* and a copy where nothing is.
PutBack(b) ==
    \/ sink[b].c \in {"new", "half"} /\ Send(Delete(b, sink[b].e))
    \/ TOUCH /\ sink[b] = Original /\ Send(TouchOf(b, sink[b].e))
    \/ sink[b] = None /\ Send(CopyBack(b))
FilesBack == \A b \in Blobs : sink[b].c = "old" /\ (TOUCH => sink[b] # Original)

FirstHalf(p) ==
    \/ \E b \in Blobs : PutBack(b) /\ begun' = (begun \/ jour.stage = "closed")
    \/ kafka = "open" /\ kafka' = "fenced" /\ UNCHANGED <<lease, pc, jour, keep, net, begun, world, pending, refills>>
    \/ FilesBack /\ kafka # "open" /\ ~pending /\ Saw(p, "files back")
Restore(p) ==
    \/ In(p, "restore") /\ jour.clear /\ ~jour.files_back /\ FirstHalf(p)
    \/ UndoUnjournaled(p) /\ FirstHalf(p)
    \/ /\ In(p, "restore")
       /\ jour.clear => jour.files_back
       /\ \/ \E b \in Blobs :
                /\ copy[b] # None /\ recorded[b] \in {0, copy[b].e} /\ Send(DeleteCopy(b, copy[b].e))
                /\ UNCHANGED begun
          \/ (\A b \in Blobs : copy[b] = None \/ recorded[b] \notin {0, copy[b].e}) /\ Saw(p, "restore")

Sweep(p) ==
    /\ At(p, "working") /\ pc[p].of = "sweep"
    /\ \/ \E b \in Blobs : copy[b] # None /\ Send(DeleteCopy(b, recorded[b])) /\ UNCHANGED begun
       \/ (\A b \in Blobs : copy[b] = None) /\ Saw(p, "sweep")

\* The journal's proof of what was seen; it refuses a runner that was overtaken.
Proved(what) ==
    CASE what = "back_up"    -> [jour EXCEPT !.stage = "backed_up"]
      [] what = "clear"      -> [jour EXCEPT !.stage = "cleared"]
      [] what = "publish"    -> [jour EXCEPT !.stage = "published"]
      [] what = "settle"     -> [jour EXCEPT !.stage = "settled"]
      [] what = "land"       -> [jour EXCEPT !.stage = "landed"]
      [] what = "clean_up"   -> [jour EXCEPT !.stage = "closed", !.giving_up = TRUE]
      [] what = "files back" -> [jour EXCEPT !.files_back = TRUE, !.turned_back = TRUE]
      [] what = "restore"    -> [jour EXCEPT !.stage = "restored"]
      [] what = "sweep"      -> [jour EXCEPT !.sweep = TRUE, !.swept = TRUE]

Prove(p) ==
    /\ pc[p].at = "proving"
    /\ IF lease = p
       THEN /\ jour' = Proved(pc[p].of)
            /\ pc' = [pc EXCEPT ![p] = IF pc[p].of = "sweep" THEN Idle ELSE [at |-> "working", of |-> "carry_on"]]
       ELSE pc' = [pc EXCEPT ![p] = Idle] /\ UNCHANGED jour
    /\ UNCHANGED <<lease, keep, net, begun, world, publishing>>

-----------------------------------------------------------------------------
(* The store executes what was sent, when it likes and as often as it likes. *)

Written(what) == [c |-> what, e |-> etag, ok |-> what = "old"]
CopyEnds == {"old"} \cup (IF "failed" \in mishaps THEN {} ELSE {"half"})

Late(r) ==
    /\ r \in net /\ etag <= MaxEtag
    /\ CASE r.do = "copy" ->
              /\ sink[r.b].e = r.e /\ (COPY_OVERWRITES \/ copy[r.b] = None)
              /\ \E end \in CopyEnds :
                    /\ copy' = [copy EXCEPT ![r.b] = Written(end)] /\ etag' = etag + 1
                    /\ mishaps' = IF end = "half" THEN mishaps \cup {"failed"} ELSE mishaps
              /\ UNCHANGED <<sink, recorded>>
         [] r.do = "copy_back" ->
              /\ r.e # 0 /\ copy[r.b].e = r.e /\ (COPY_OVERWRITES \/ sink[r.b] = None)
              /\ \E end \in CopyEnds :
                    /\ sink' = [sink EXCEPT ![r.b] = Written(end)] /\ etag' = etag + 1
                    /\ mishaps' = IF end = "half" THEN mishaps \cup {"failed"} ELSE mishaps
              /\ UNCHANGED <<copy, recorded>>
         [] r.do = "delete" ->
              /\ sink[r.b].e = r.e /\ sink' = [sink EXCEPT ![r.b] = None]
              /\ UNCHANGED <<copy, recorded, etag, mishaps>>
         [] r.do = "delete_copy" ->
              /\ copy[r.b] # None /\ copy[r.b].e = r.e /\ copy' = [copy EXCEPT ![r.b] = None]
              /\ UNCHANGED <<sink, recorded, etag, mishaps>>
         [] r.do = "record" ->
              /\ recorded[r.b] = 0 /\ recorded' = [recorded EXCEPT ![r.b] = r.e]
              /\ UNCHANGED <<sink, copy, etag, mishaps>>
         [] r.do = "touch" ->
              /\ sink[r.b].e = r.e /\ sink' = [sink EXCEPT ![r.b].e = etag] /\ etag' = etag + 1
              /\ UNCHANGED <<copy, recorded, mishaps>>
    /\ UNCHANGED <<lease, pc, jour, keep, net, begun, publishing>>

LateRequest == \E r \in net : Late(r)

\* The pipeline behind the topic writes what was published, over whatever is there.
Refill(b) ==
    /\ pending /\ refills < MaxRefills /\ etag <= MaxEtag
    /\ sink' = [sink EXCEPT ![b] = [Written("new") EXCEPT !.ok = FALSE]] /\ etag' = etag + 1 /\ refills' = refills + 1
    /\ UNCHANGED <<lease, pc, jour, keep, net, begun, copy, recorded, mishaps, kafka, pending>>
Landed ==
    /\ pending /\ pending' = FALSE
    /\ UNCHANGED <<lease, pc, jour, keep, net, begun, world, kafka, refills>>

\* Somebody writes over a copy, once, while it can still be noticed: before clear has looked at the backup.
WriteOverCopy(b) ==
    /\ "written over" \notin mishaps /\ copy[b] # None /\ etag <= MaxEtag
    /\ \A p \in Runners : pc[p].at # "backup seen"
    /\ \A r \in net : r.do # "delete"
    /\ copy' = [copy EXCEPT ![b] = Written("other")] /\ etag' = etag + 1 /\ mishaps' = mishaps \cup {"written over"}
    /\ UNCHANGED <<lease, pc, jour, keep, net, begun, sink, recorded, publishing>>

Next ==
    \/ \E p \in Runners :
        \/ \E o \in Orders : Order(p, o) \/ OrderJudged(p, o)
        \/ OrderUnchecked(p) \/ Stop(p) \/ Prove(p)
        \/ BackUp(p) \/ Clear(p) \/ Publish(p) \/ Settle(p) \/ Land(p) \/ CleanUp(p) \/ Restore(p) \/ Sweep(p)
    \/ LateRequest
    \/ Publisher \/ Landed
    \/ \E b \in Blobs : Refill(b) \/ WriteOverCopy(b)

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Runners)

-----------------------------------------------------------------------------
(* What must always hold. *)

Safe == \A b \in Blobs : sink[b].c = "old" \/ copy[b].c = "old"

\* The original is in its sink, or in a verified copy, until the journal says that the day gives it up.
NoLoss == Safe \/ (jour.giving_up /\ ~keep) \/ jour.sweep
\* An undo that has begun can be finished, and so can a restore.
UndoKept == begun \/ jour.turned_back => Safe
\* Once the journal says that the files are back, no late request changes the sink.
RestoredStays == jour.files_back => \A b \in Blobs : sink[b].c = "old"
\* Nothing is given up before what replaces it is there, unless a person said so.
ProvedFirst == jour.giving_up /\ ~jour.turned_back => jour.accepted \/ Refilled
\* Told once each, or the four above would say nothing.
Tell(n, what) == TLCGet(n) \/ (TLCSet(n, TRUE) /\ PrintT(what))
Reached ==
    /\ jour.stage = "closed" /\ ~keep => Tell(1, "reached: closed")
    /\ jour.stage = "restored" /\ jour.clear /\ ~jour.undo => Tell(2, "reached: restored")
    /\ jour.stage = "restored" /\ jour.undo => Tell(3, "reached: undone")
    /\ jour.swept => Tell(4, "reached: swept")
    /\ jour.held => Tell(5, "reached: held")
    /\ jour.stage = "closed" /\ jour.accepted => Tell(6, "reached: accepted")
=============================================================================
