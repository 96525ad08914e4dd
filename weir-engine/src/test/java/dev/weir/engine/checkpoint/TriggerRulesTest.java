package dev.weir.engine.checkpoint;

import static dev.weir.engine.checkpoint.CheckpointKind.CHECKPOINT;
import static dev.weir.engine.checkpoint.CheckpointKind.SAVEPOINT_CANONICAL;
import static dev.weir.engine.checkpoint.PostCheckpointAction.NONE;
import static dev.weir.engine.checkpoint.PostCheckpointAction.SUSPEND;
import static dev.weir.engine.checkpoint.Rig.begun;
import static dev.weir.engine.checkpoint.Rig.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointCommand.DropPending;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyAborted;
import dev.weir.engine.checkpoint.CheckpointCommand.WakeAt;
import dev.weir.engine.checkpoint.CheckpointEvent.Cleaned;
import dev.weir.engine.checkpoint.CheckpointEvent.CommitFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.End;
import dev.weir.engine.checkpoint.CheckpointEvent.JobEnded;
import dev.weir.engine.checkpoint.CheckpointEvent.Started;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskRunning;
import dev.weir.engine.checkpoint.CheckpointEvent.Suspended;
import dev.weir.engine.checkpoint.CheckpointEvent.Tick;
import dev.weir.engine.checkpoint.CheckpointPolicy.Mode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When a checkpoint begins: one example for each rule. */
final class TriggerRulesTest {

    @Test
    void periodicOnesComeAfterTheInitialDelayAndThenEachInterval() {
        Rig rig = new Rig(Policies.usual());
        Topologies.subtasks(rig.topology).forEach(subtask -> rig.tell(new SubtaskRunning<>(subtask)));

        assertThat(rig.tell(new Started<>())).containsExactly(new WakeAt<>(1_050));
        assertThat(begun(rig.pass(49))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(1L);
        rig.complete(1);
        assertThat(begun(rig.pass(99))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(2L);
    }

    @Test
    void aLateTickDoesNotShiftTheSchedule() {
        Rig rig = new Rig(Policies.usual()).started();

        assertThat(begun(rig.pass(80))).containsExactly(1L);
        rig.complete(1);
        assertThat(begun(rig.pass(70))).containsExactly(2L);
    }

    @Test
    void theNextBeginsAtOnceWhereOneOutlastsTheInterval() {
        Rig rig = new Rig(Policies.usual()).started();

        assertThat(begun(rig.pass(50))).containsExactly(1L);
        assertThat(begun(rig.pass(100))).isEmpty();
        rig.nowMillis += 30;
        assertThat(begun(rig.complete(1))).containsExactly(2L);
    }

    @Test
    void thePauseCountsFromTheLatestCompletion() {
        Rig rig = new Rig(Policies.usual().minPause(60)).started();

        assertThat(begun(rig.pass(50))).containsExactly(1L);
        rig.nowMillis += 80;
        List<CheckpointCommand<String>> completed = rig.complete(1);
        assertThat(begun(completed)).isEmpty();
        assertThat(begun(rig.pass(20))).isEmpty();
        assertThat(begun(rig.pass(39))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(2L);
    }

    @Test
    void thePauseCountsFromASavepointToo() {
        Rig rig = new Rig(Policies.usual().minPause(60)).started();

        assertThat(begun(rig.request(SAVEPOINT_CANONICAL, NONE))).containsExactly(1L);
        rig.nowMillis += 40;
        rig.complete(1);
        assertThat(begun(rig.pass(59))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(2L);
    }

    @Test
    void aFailureStartsNoPause() {
        Rig rig = new Rig(Policies.usual().minPause(60).tolerable(1)).started();

        assertThat(begun(rig.pass(50))).containsExactly(1L);
        rig.snapshot(1);
        rig.nowMillis += 99;
        rig.tell(new CommitFailed<>(
                1, CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE, new IllegalStateException("disk")));
        assertThat(begun(rig.pass(1))).containsExactly(2L);
    }

    @Test
    void thePauseDoesNotHoldBackWhatAPersonAsksFor() {
        Rig rig = new Rig(Policies.usual().minPause(60)).started();

        rig.pass(50);
        rig.complete(1);
        assertThat(begun(rig.request(CHECKPOINT, NONE))).containsExactly(2L);
        rig.complete(2);
        assertThat(begun(rig.request(SAVEPOINT_CANONICAL, NONE))).containsExactly(3L);
    }

    @Test
    void aRequestedCheckpointWaitsForTheOneInFlight() {
        Rig rig = new Rig(Policies.usual()).started();

        rig.pass(50);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        assertThat(begun(rig.request(CHECKPOINT, NONE))).isEmpty();
        assertThat(begun(rig.complete(1))).containsExactly(2L);
    }

    @Test
    void aSavepointIsForcedPastTheLimitButNotPastATrigger() {
        Rig rig = new Rig(Policies.usual()).started();

        rig.pass(50);
        assertThat(begun(rig.request(SAVEPOINT_CANONICAL, NONE))).isEmpty();
        assertThat(begun(rig.tell(new CoordinatorsSnapshotted<>(1, null)))).containsExactly(2L);
    }

    @Test
    void aSavepointIsNotForcedWhereCheckpointsAreUnaligned() {
        Rig rig = new Rig(Policies.usual().aligning(Mode.EXACTLY_ONCE, true, 0)).started();

        rig.pass(50);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        assertThat(begun(rig.request(SAVEPOINT_CANONICAL, NONE))).isEmpty();
        assertThat(begun(rig.complete(1))).containsExactly(2L);
    }

    @Test
    void asManyAreInFlightAsAllowed() {
        Rig rig = new Rig(Policies.usual().maxConcurrent(2)).started();

        assertThat(begun(rig.pass(50))).containsExactly(1L);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        assertThat(begun(rig.pass(100))).containsExactly(2L);
        rig.tell(new CoordinatorsSnapshotted<>(2, null));
        assertThat(begun(rig.pass(100))).isEmpty();
        assertThat(begun(rig.complete(1))).containsExactly(3L);
    }

    @Test
    void savepointsGoFirstThenWhatAPersonAskedForThenPeriodicOnes() {
        Rig rig = new Rig(Policies.usual().aligning(Mode.EXACTLY_ONCE, true, 0)).started();

        rig.pass(50);
        rig.pass(100);
        rig.request(CHECKPOINT, NONE);
        rig.request(SAVEPOINT_CANONICAL, NONE);
        begun(rig.complete(1));
        rig.tell(new CoordinatorsSnapshotted<>(2, null));
        assertThat(rig.tracker.statistics().history().get(0).options().kind()).isEqualTo(SAVEPOINT_CANONICAL);
        assertThat(Rig.answer(rig.complete(2)).requestId()).isEqualTo(2);
        assertThat(Rig.answer(rig.complete(3)).requestId()).isEqualTo(1);
        assertThat(begun(rig.complete(4))).isEmpty();
    }

    @Test
    void aThousandRequestsMayWait() {
        Rig rig = new Rig(Policies.usual().aligning(Mode.EXACTLY_ONCE, true, 0)).started();

        for (int i = 0; i <= RequestQueue.QUEUED_MAX; i++) {
            rig.request(CHECKPOINT, NONE);
        }
        assertThat(failure(rig.request(CHECKPOINT, NONE)))
                .isEqualTo(CheckpointFailureReason.TOO_MANY_CHECKPOINT_REQUESTS);
    }

    @Test
    void noneIsDueBeforeAllSubtasksRun() {
        Rig rig = new Rig(Policies.usual());
        rig.tell(new SubtaskRunning<>(new Subtask(0, 0)));
        rig.tell(new Started<>());

        assertThat(rig.pass(10_000)).isEmpty();
        assertThat(failure(rig.request(SAVEPOINT_CANONICAL, NONE)))
                .isEqualTo(CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING);
        assertThat(rig.tracker.statistics().counts()).isEqualTo(new CheckpointStatistics.Counts(0, 1, 0, 0, 1));

        Topologies.subtasks(rig.topology).forEach(subtask -> rig.tell(new SubtaskRunning<>(subtask)));
        assertThat(begun(rig.pass(49))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(1L);
    }

    @Test
    void afterARestartNoneIsDueBeforeAllSubtasksRunAgain() {
        Rig rig = new Rig(Policies.usual()).started();
        Subtask restarted = new Subtask(1, 1);

        rig.tell(new Suspended<>(null, Set.of(restarted)));
        rig.tell(new Started<>());
        assertThat(rig.pass(10_000)).isEmpty();
        rig.tell(new SubtaskRunning<>(restarted));
        assertThat(begun(rig.pass(0))).containsExactly(1L);
    }

    @Test
    void oneThatIsTooSlowIsGivenUp() {
        Rig rig = new Rig(Policies.usual().interval(Long.MAX_VALUE).tolerable(1)).started();
        assertThat(begun(rig.request(CHECKPOINT, NONE))).containsExactly(1L);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        rig.acknowledge(1, new Subtask(0, 1));

        assertThat(rig.pass(9_999)).containsExactly(new WakeAt<>(11_000));
        List<CheckpointCommand<String>> expired = rig.pass(1);
        assertThat(failure(expired)).isEqualTo(CheckpointFailureReason.CHECKPOINT_EXPIRED);
        assertThat(expired)
                .contains(
                        new DropPending<>(1, List.of("1/" + new Subtask(0, 1))),
                        new NotifyAborted<>(
                                1,
                                0,
                                rig.coordinator.retained().isEmpty() ? Topologies.subtasks(rig.topology) : List.of()));
    }

    @Test
    void oneThatIsBeingCommittedIsNotGivenUp() {
        Rig rig = new Rig(Policies.usual().interval(Long.MAX_VALUE)).started();
        rig.request(CHECKPOINT, NONE);
        rig.snapshot(1);

        assertThat(rig.pass(20_000)).isEmpty();
        assertThat(Rig.answer(rig.commit(1)).location()).isEqualTo("chk-1");
    }

    @Test
    void noneBeginsWhileTooMuchIsBeingDeleted() {
        Rig rig = new Rig(Policies.usual().tolerable(-1)).started();
        for (long id = 1; id <= 2; id++) {
            assertThat(begun(rig.pass(id == 1 ? 50 : 100))).containsExactly(id);
            rig.snapshot(id);
            rig.tell(new CommitFailed<>(
                    id, CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE, new IllegalStateException("disk")));
        }

        assertThat(begun(rig.pass(100))).isEmpty();
        assertThat(begun(rig.tell(new Cleaned<>(1)))).containsExactly(3L);
    }

    @Test
    void afterARestartTheFirstComesAfterThePause() {
        Rig rig = new Rig(Policies.usual().minPause(30)).started();

        assertThat(rig.tell(new Suspended<>(null, Set.of()))).containsExactly(new WakeAt<>(Long.MAX_VALUE));
        assertThat(rig.pass(1_000)).isEmpty();
        rig.tell(new Started<>());
        assertThat(begun(rig.pass(29))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(1L);
    }

    @Test
    void stoppingWithASavepointEndsWhatIsInFlightAndTheSchedule() {
        Rig rig = new Rig(Policies.usual()).started();
        rig.pass(50);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));

        List<CheckpointCommand<String>> stopping = rig.request(SAVEPOINT_CANONICAL, SUSPEND);
        assertThat(Rig.only(NotifyAborted.class, stopping)).hasSize(1);
        assertThat(begun(stopping)).containsExactly(2L);
        assertThat(begun(rig.pass(5_000))).isEmpty();
        assertThat(Rig.answer(rig.complete(2)).location()).isEqualTo("chk-2");
        assertThat(begun(rig.pass(5_000))).isEmpty();
    }

    @Test
    void aFailedStopStartsTheScheduleAgain() {
        Rig rig = new Rig(Policies.usual().minPause(20)).started();

        rig.request(SAVEPOINT_CANONICAL, SUSPEND);
        assertThat(failure(rig.pass(10_000))).isEqualTo(CheckpointFailureReason.CHECKPOINT_EXPIRED);
        assertThat(begun(rig.pass(19))).isEmpty();
        assertThat(begun(rig.pass(1))).containsExactly(2L);
    }

    @Test
    void aSecondStopTakesThePlaceOfTheFirst() {
        Rig rig = new Rig(Policies.usual()).started();

        rig.request(SAVEPOINT_CANONICAL, SUSPEND);
        List<CheckpointCommand<String>> second = rig.request(SAVEPOINT_CANONICAL, SUSPEND);
        assertThat(failure(second)).isEqualTo(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SUSPEND);
        assertThat(begun(rig.pass(5_000))).isEmpty();
        assertThat(Rig.answer(rig.complete(2)).requestId()).isEqualTo(2);
    }

    @Test
    void nothingBeginsOnceTheJobIsOver() {
        Rig rig = new Rig(Policies.usual()).started();

        rig.tell(new JobEnded<>(End.FINISHED));
        assertThat(failure(rig.request(CHECKPOINT, NONE)))
                .isEqualTo(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SHUTDOWN);
        rig.tell(new Started<>());
        rig.nowMillis += 1_000;
        assertThat(rig.tell(new Tick<>())).isEmpty();
    }
}
