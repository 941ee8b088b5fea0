------------------------------- MODULE Shard -------------------------------
(***************************************************************************)
(* One shard of a day: who may publish its lines, and who cannot any more. *)
(*                                                                         *)
(* A publisher begins (init_transactions: whoever published before is      *)
(* fenced), reads the position that Kafka keeps, and commits lines and the *)
(* new position in one transaction. Publishers are replaced while the old  *)
(* ones still live: a zombie goes on from wherever it was. A commit is     *)
(* executed at any time after it was sent, also when its sender is dead,   *)
(* and only if no younger producer has begun since: that is the broker's   *)
(* epoch. A restore fences the shard, reads how much was committed, and    *)
(* closes it for good: a runner that does not know yet that it was         *)
(* overtaken may begin another publisher after that. What the journal      *)
(* says to be committed must stay true.                                    *)
(*                                                                         *)
(* The journal is fenced by its lease (see Day.tla), so an entry here is   *)
(* one step; but what a runner journals it has seen before, by another.    *)
(***************************************************************************)
\* Steps of the engine: publish, restore
\* Orders of the engine: restore
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
    Publishers,
    Lines,      \* as many lines the shard has
    MaxEpoch,   \* as many producers begin, all in all
    FENCE_BEFORE_READ,       \* the position is read after init_transactions
    POSITION_IN_TRANSACTION, \* lines and position are committed together
    OPENED_FIRST,            \* a position that is missing after it was opened was lost: held, not begun anew
    RESTORE_FENCES,          \* restore fences the shard before it reads how much was committed
    RESTORE_CLOSES           \* and commits that nobody may publish it any more

VARIABLES
    epoch,     \* of the youngest producer, as the broker knows it
    position,  \* the committed position; Missing before it is opened and after it expired
    topic,     \* line -> as many times it was committed
    net,       \* commits that were sent and are not executed: [epoch, from, to], or of a position alone
    pc,        \* what each publisher is at: [at, epoch, from]
    closed,    \* the committed position says that nobody may publish the shard any more
    restorer,  \* what the runner that restores is at: [at, epoch, saw]
    jour,      \* opened, turned_back, held; published; fenced_at: as many lines as restore read to be committed
    expired    \* the position was lost once

vars == <<epoch, position, topic, net, pc, closed, restorer, jour, expired>>

Missing == -1
Unknown == -1
Idle == [at |-> "idle", epoch |-> 0, from |-> Unknown]
Away == [at |-> "away", epoch |-> 0, saw |-> 0]

Init ==
    /\ epoch = 0
    /\ position = Missing
    /\ topic = [line \in 1..Lines |-> 0]
    /\ net = {}
    /\ pc = [p \in Publishers |-> Idle]
    /\ closed = FALSE
    /\ restorer = Away
    /\ jour = [opened |-> FALSE, turned_back |-> FALSE, held |-> FALSE, published |-> FALSE, fenced_at |-> Unknown]
    /\ expired = FALSE
    /\ \A n \in 1..3 : TLCSet(n, FALSE)

Publishing == ~jour.turned_back /\ ~jour.held /\ ~jour.published

\* init_transactions: what the one before had open is aborted, and it can commit nothing from now on.
BeginsAt(e) == epoch' = e /\ net' = {c \in net : c.epoch >= e}

-----------------------------------------------------------------------------
(* publish *)

\* The run puts a publisher to the shard: a first one, or another one because nobody hears of the first. So does a run
\* that was overtaken by a restore and does not know it yet.
Start(p) ==
    /\ (Publishing \/ jour.turned_back) /\ pc[p] = Idle /\ epoch < MaxEpoch
    /\ IF FENCE_BEFORE_READ
       THEN /\ BeginsAt(epoch + 1)
            /\ pc' = [pc EXCEPT ![p] = [at |-> "fenced", epoch |-> epoch + 1, from |-> Unknown]]
       ELSE /\ pc' = [pc EXCEPT ![p] = [at |-> "read", epoch |-> 0, from |-> position]]
            /\ UNCHANGED <<epoch, net>>
    /\ UNCHANGED <<position, topic, restorer, jour, expired, closed>>

ReadPosition(p) ==
    /\ pc[p].at = "fenced"
    /\ pc' = IF closed THEN [pc EXCEPT ![p] = Idle] ELSE [pc EXCEPT ![p].at = "ready", ![p].from = position]
    /\ UNCHANGED <<epoch, position, topic, net, restorer, jour, expired, closed>>

FenceAfterRead(p) ==
    /\ pc[p].at = "read" /\ epoch < MaxEpoch
    /\ BeginsAt(epoch + 1)
    /\ pc' = [pc EXCEPT ![p].at = "ready", ![p].epoch = epoch + 1]
    /\ UNCHANGED <<position, topic, restorer, jour, expired, closed>>

\* Opening: a position 0 where there is none, in a transaction without a line.
Open(p) ==
    /\ pc[p].at = "ready" /\ pc[p].from = Missing
    /\ IF jour.opened /\ OPENED_FIRST
       THEN /\ pc' = [pc EXCEPT ![p] = Idle]
            /\ jour' = [jour EXCEPT !.held = Publishing \/ @]
            /\ UNCHANGED net
       ELSE /\ net' = net \cup {[epoch |-> pc[p].epoch, from |-> 0, to |-> 0, what |-> "both"]}
            /\ pc' = [pc EXCEPT ![p].at = "waits", ![p].from = 0]
            /\ UNCHANGED jour
    /\ UNCHANGED <<epoch, position, topic, restorer, expired, closed>>

\* The journal notes that the position is opened once it was seen.
NoteOpened ==
    /\ ~jour.opened /\ Publishing /\ position # Missing
    /\ jour' = [jour EXCEPT !.opened = TRUE]
    /\ UNCHANGED <<epoch, position, topic, net, pc, restorer, expired, closed>>

\* Lines are sent, and their commit; the publisher waits for the answer before it goes on.
Commit(p) ==
    /\ pc[p].at = "ready" /\ pc[p].from >= 0 /\ pc[p].from < Lines /\ jour.opened
    /\ LET c == [epoch |-> pc[p].epoch, from |-> pc[p].from, to |-> pc[p].from + 1] IN
        net' = net \cup
            (IF POSITION_IN_TRANSACTION
             THEN {[epoch |-> c.epoch, from |-> c.from, to |-> c.to, what |-> "both"]}
             ELSE {[epoch |-> c.epoch, from |-> c.from, to |-> c.to, what |-> "lines"]})
    /\ pc' = [pc EXCEPT ![p].at = "waits"]
    /\ UNCHANGED <<epoch, position, topic, restorer, jour, expired, closed>>

\* The broker executes a commit: of the youngest producer, or not at all.
Late(c) ==
    /\ c \in net /\ c.epoch = epoch
    /\ topic' = IF c.what = "position" THEN topic
                ELSE [line \in 1..Lines |-> IF c.from < line /\ line <= c.to THEN topic[line] + 1 ELSE topic[line]]
    /\ position' = IF c.what = "lines" THEN position ELSE c.to
    \* Without one transaction for both the publisher commits the position after the lines, if it still lives.
    /\ LET waiting == {p \in Publishers : pc[p].at = "waits" /\ pc[p].epoch = c.epoch} IN
        /\ net' = (net \ {c}) \cup
            (IF c.what = "lines" /\ waiting # {}
             THEN {[epoch |-> c.epoch, from |-> c.from, to |-> c.to, what |-> "position"]} ELSE {})
        /\ pc' = [p \in Publishers |-> IF p \in waiting /\ c.what # "lines"
                                       THEN [pc[p] EXCEPT !.at = "ready", !.from = c.to] ELSE pc[p]]
    /\ UNCHANGED <<epoch, restorer, jour, expired, closed>>

Die(p) ==
    /\ pc[p] # Idle /\ pc' = [pc EXCEPT ![p] = Idle]
    /\ UNCHANGED <<epoch, position, topic, net, restorer, jour, expired, closed>>

\* The run sees that the position is at the end, which no late commit changes, and journals it.
Published ==
    /\ Publishing /\ position = Lines /\ jour' = [jour EXCEPT !.published = TRUE]
    /\ UNCHANGED <<epoch, position, topic, net, pc, restorer, expired, closed>>

\* A group's offsets expire.
Expire ==
    /\ ~expired /\ jour.opened /\ position # Missing /\ position' = Missing /\ expired' = TRUE
    /\ closed' = FALSE
    /\ UNCHANGED <<epoch, topic, net, pc, restorer, jour>>

-----------------------------------------------------------------------------
(* restore *)

TurnBack ==
    /\ ~jour.turned_back /\ ~jour.published
    /\ jour' = [jour EXCEPT !.turned_back = TRUE, !.held = FALSE]
    /\ UNCHANGED <<epoch, position, topic, net, pc, restorer, expired, closed>>

Committed == Cardinality({line \in 1..Lines : topic[line] > 0})

\* The runner that restores may die anywhere, and another one begins again: fencing and closing twice is harmless.
Fence ==
    /\ jour.turned_back /\ jour.fenced_at = Unknown /\ restorer = Away
    /\ IF RESTORE_FENCES THEN epoch <= MaxEpoch /\ BeginsAt(epoch + 1) ELSE UNCHANGED <<epoch, net>>
    /\ restorer' = [at |-> "fenced", epoch |-> epoch', saw |-> Committed]
    /\ UNCHANGED <<position, topic, pc, jour, expired, closed>>

\* A commit without a line; refused, as any other, when a younger producer has begun.
Close ==
    /\ RESTORE_CLOSES /\ restorer.at = "fenced" /\ restorer.epoch = epoch
    /\ closed' = (position # Missing) /\ restorer' = [restorer EXCEPT !.at = "closed"]
    /\ UNCHANGED <<epoch, position, topic, net, pc, jour, expired>>

NoteFenced ==
    /\ restorer.at = (IF RESTORE_CLOSES THEN "closed" ELSE "fenced") /\ jour.fenced_at = Unknown
    /\ jour' = [jour EXCEPT !.fenced_at = restorer.saw]
    /\ restorer' = Away
    /\ UNCHANGED <<epoch, position, topic, net, pc, expired, closed>>

RestorerDies ==
    /\ restorer # Away /\ restorer' = Away
    /\ UNCHANGED <<epoch, position, topic, net, pc, jour, expired, closed>>

Publish ==
    \/ \E p \in Publishers : Start(p) \/ ReadPosition(p) \/ FenceAfterRead(p) \/ Open(p) \/ Commit(p) \/ Die(p)
    \/ NoteOpened \/ Published
Restore == TurnBack \/ Fence \/ Close \/ NoteFenced \/ RestorerDies

LateCommit == \E c \in net : Late(c)

Next == Publish \/ Restore \/ LateCommit \/ Expire

Spec == Init /\ [][Next]_vars
Symmetry == Permutations(Publishers)

-----------------------------------------------------------------------------
(* What must always hold. *)

\* No line is committed twice, and a day whose journal says published has each of them.
EveryLineOnce ==
    /\ \A line \in 1..Lines : topic[line] <= 1
    /\ jour.published => \A line \in 1..Lines : topic[line] = 1
\* What restore has read to be committed is all there will ever be.
NothingAfterFence == jour.fenced_at # Unknown => Committed = jour.fenced_at
\* Told once each, or the two above would say nothing.
Tell(n, what) == TLCGet(n) \/ (TLCSet(n, TRUE) /\ PrintT(what))
Reached ==
    /\ jour.published => Tell(1, "reached: published")
    /\ jour.fenced_at = 1 => Tell(2, "reached: fenced")
    /\ jour.held => Tell(3, "reached: held")
=============================================================================
