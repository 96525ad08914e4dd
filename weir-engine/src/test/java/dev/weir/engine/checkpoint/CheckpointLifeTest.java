package dev.weir.engine.checkpoint;

import static dev.weir.engine.checkpoint.CheckpointKind.CHECKPOINT;
import static dev.weir.engine.checkpoint.CheckpointKind.FULL_CHECKPOINT;
import static dev.weir.engine.checkpoint.CheckpointKind.SAVEPOINT_CANONICAL;
import static dev.weir.engine.checkpoint.CheckpointKind.SAVEPOINT_NATIVE;
import static dev.weir.engine.checkpoint.PostCheckpointAction.NONE;
import static dev.weir.engine.checkpoint.PostCheckpointAction.TERMINATE;
import static dev.weir.engine.checkpoint.Rig.begun;
import static dev.weir.engine.checkpoint.Rig.failure;
import static dev.weir.engine.checkpoint.Rig.only;
import static dev.weir.engine.checkpoint.Rig.triggered;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.checkpoint.CheckpointCommand.Commit;
import dev.weir.engine.checkpoint.CheckpointCommand.DiscardSnapshot;
import dev.weir.engine.checkpoint.CheckpointCommand.DropCheckpoint;
import dev.weir.engine.checkpoint.CheckpointCommand.DropPending;
import dev.weir.engine.checkpoint.CheckpointCommand.FailJob;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyAborted;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyComplete;
import dev.weir.engine.checkpoint.CheckpointEvent.CommitFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsFailed;
import dev.weir.engine.checkpoint.CheckpointEvent.CoordinatorsSnapshotted;
import dev.weir.engine.checkpoint.CheckpointEvent.Declined;
import dev.weir.engine.checkpoint.CheckpointEvent.End;
import dev.weir.engine.checkpoint.CheckpointEvent.JobEnded;
import dev.weir.engine.checkpoint.CheckpointEvent.Restored;
import dev.weir.engine.checkpoint.CheckpointEvent.SubtaskFinished;
import dev.weir.engine.checkpoint.CheckpointEvent.Suspended;
import dev.weir.engine.checkpoint.CheckpointOptions.Alignment;
import dev.weir.engine.checkpoint.CheckpointPolicy.Mode;
import dev.weir.engine.checkpoint.CheckpointPolicy.Retention;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a checkpoint that has begun: one example for each rule. */
final class CheckpointLifeTest {

    private static final Subtask SOURCE_0 = new Subtask(0, 0);
    private static final Subtask SOURCE_1 = new Subtask(0, 1);
    private static final Subtask SINK_0 = new Subtask(1, 0);
    private static final Subtask SINK_1 = new Subtask(1, 1);
    private static final Policies ON_REQUEST = Policies.usual().interval(Long.MAX_VALUE);

    private static Rig requested(Policies policies, CheckpointKind kind) {
        Rig rig = new Rig(policies).started();
        assertThat(begun(rig.request(kind, NONE))).containsExactly(1L);
        return rig;
    }

    @Test
    void barriersStartAtTheSourcesAndTheCommitHasAll() {
        Rig rig = requested(ON_REQUEST, CHECKPOINT);

        assertThat(triggered(rig.tell(new CoordinatorsSnapshotted<>(1, "c1")))).containsExactly(SOURCE_0, SOURCE_1);
        for (Subtask subtask : List.of(SINK_1, SOURCE_0, SOURCE_1)) {
            assertThat(rig.acknowledge(1, subtask)).isEmpty();
        }
        List<CheckpointCommand<String>> last = rig.acknowledge(1, SINK_0);
        TreeMap<Subtask, String> all = new TreeMap<>();
        Topologies.subtasks(rig.topology).forEach(subtask -> all.put(subtask, "1/" + subtask));
        assertThat(last)
                .contains(new Commit<>(
                        1,
                        1_000,
                        new CheckpointOptions(CHECKPOINT, NONE, Alignment.ALIGNED, Long.MAX_VALUE),
                        all,
                        new TreeSet<>(),
                        "c1",
                        null));
    }

    @Test
    void aCompletedOneIsAnnouncedRetainedAndTakesTheOldestPlace() {
        Rig rig = new Rig(ON_REQUEST.retaining(2, Retention.ON_FAILURE)).started();
        for (long id = 1; id <= 2; id++) {
            rig.request(CHECKPOINT, NONE);
            assertThat(only(DropCheckpoint.class, rig.complete(id))).isEmpty();
        }
        rig.request(CHECKPOINT, NONE);
        rig.snapshot(3);

        assertThat(rig.commit(3))
                .contains(
                        new DropCheckpoint<>(1, "chk-1"),
                        new CheckpointCommand.Answer<>(3, "chk-3", null),
                        new NotifyComplete<>(3, 1_000, 1, Topologies.subtasks(rig.topology)));
        assertThat(rig.coordinator.retained())
                .containsExactly(new RetainedCheckpoint(2, "chk-2", true), new RetainedCheckpoint(3, "chk-3", true));
    }

    @Test
    void aSavepointIsAnnouncedToNobodyAndNotRetained() {
        Rig rig = requested(ON_REQUEST, SAVEPOINT_NATIVE);

        assertThat(only(NotifyComplete.class, rig.complete(1))).isEmpty();
        assertThat(rig.coordinator.retained()).isEmpty();
    }

    @Test
    void aSynchronousSavepointIsAnnouncedSinceItsSubtasksWait() {
        Rig rig = new Rig(ON_REQUEST).started();

        rig.request(SAVEPOINT_CANONICAL, TERMINATE);
        assertThat(only(NotifyComplete.class, rig.complete(1))).hasSize(1);
    }

    @Test
    void aNewerCheckpointEndsOlderOnesButNoSavepoint() {
        Rig rig = new Rig(ON_REQUEST.maxConcurrent(3)).started();
        for (long id = 1; id <= 3; id++) {
            rig.request(id == 2 ? SAVEPOINT_CANONICAL : CHECKPOINT, NONE);
            rig.tell(new CoordinatorsSnapshotted<>(id, null));
        }

        List<CheckpointCommand<String>> completed = rig.complete(3);
        assertThat(only(NotifyAborted.class, completed))
                .containsExactly(new NotifyAborted<>(1, 3, Topologies.subtasks(rig.topology)));
        assertThat(only(DropPending.class, completed)).containsExactly(new DropPending<>(1, List.of()));
        assertThat(Rig.answer(rig.complete(2)).location()).isEqualTo("chk-2");
    }

    @Test
    void anOlderOneThatIsBeingCommittedIsDroppedOnceItIs() {
        Rig rig = new Rig(ON_REQUEST.maxConcurrent(2)).started();
        rig.request(CHECKPOINT, NONE);
        rig.snapshot(1);
        rig.request(CHECKPOINT, NONE);
        List<CheckpointCommand<String>> second = rig.complete(2);

        assertThat(only(NotifyAborted.class, second)).hasSize(1);
        assertThat(only(DropPending.class, second)).isEmpty();
        assertThat(rig.acknowledge(1, SINK_0)).isEmpty();
        assertThat(rig.commit(1)).containsExactly(new DropCheckpoint<>(1, "chk-1"));
    }

    @Test
    void aLateAcknowledgementIsDeletedAndARepeatedOneIsNot() {
        Rig rig = requested(ON_REQUEST.tolerable(-1), CHECKPOINT);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        rig.acknowledge(1, SOURCE_0);
        assertThat(rig.acknowledge(1, SOURCE_0)).isEmpty();
        rig.tell(new Declined<>(1, SINK_0, CheckpointFailureReason.CHECKPOINT_ASYNC_EXCEPTION, null));

        assertThat(rig.acknowledge(1, SINK_1)).containsExactly(new DiscardSnapshot<>(1, SINK_1, "1/" + SINK_1));
        rig.request(CHECKPOINT, NONE);
        rig.complete(2);
        assertThat(rig.acknowledge(2, SINK_1)).isEmpty();
    }

    @Test
    void moreFailuresInARowThanToleratedFailTheJobWithTheRootCause() {
        Rig rig = new Rig(ON_REQUEST.tolerable(1)).started();
        IOException disk = new IOException("No space left on device");
        for (long id = 1; id <= 4; id++) {
            rig.request(CHECKPOINT, NONE);
            if (id == 2) {
                rig.complete(id);
                continue;
            }
            rig.snapshot(id);
            List<CheckpointCommand<String>> failed =
                    rig.tell(new CommitFailed<>(id, CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE, disk));
            assertThat(failed).anyMatch(NotifyAborted.class::isInstance);
            rig.tell(new CheckpointEvent.Cleaned<>(id));
            if (id < 4) {
                assertThat(only(FailJob.class, failed)).isEmpty();
            } else {
                Throwable cause = only(FailJob.class, failed).get(0).cause();
                assertThat(cause)
                        .hasMessageStartingWith("Exceeded checkpoint tolerable failure threshold. The latest "
                                + "checkpoint failed due to Failure to finalize checkpoint.")
                        .hasMessageContaining("No space left on device")
                        .hasRootCause(disk);
            }
        }
    }

    @Test
    void oneThatIsTooSlowCounts() {
        Rig rig = requested(ON_REQUEST, CHECKPOINT);

        assertThat(only(FailJob.class, rig.pass(10_000)).get(0).cause())
                .hasMessageContaining("due to Checkpoint expired before completing.");
    }

    @Test
    void aFailureToBeginCountsOnlyWhereItIsIo() {
        Rig rig = new Rig(ON_REQUEST).started();

        rig.request(CHECKPOINT, NONE);
        List<CheckpointCommand<String>> failed = rig.tell(new CoordinatorsFailed<>(1, new IllegalStateException()));
        assertThat(failure(failed)).isEqualTo(CheckpointFailureReason.TRIGGER_CHECKPOINT_FAILURE);
        assertThat(only(FailJob.class, failed)).isEmpty();
        rig.request(CHECKPOINT, NONE);
        failed = rig.tell(new CoordinatorsFailed<>(2, new IllegalStateException(new IOException())));
        assertThat(failure(failed)).isEqualTo(CheckpointFailureReason.IO_EXCEPTION);
        assertThat(only(FailJob.class, failed)).hasSize(1);
    }

    @Test
    void aSavepointCountsWhereASubtaskFailedOnly() {
        Rig rig = requested(ON_REQUEST, SAVEPOINT_CANONICAL);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        assertThat(only(FailJob.class, rig.pass(10_000))).isEmpty();

        rig.request(SAVEPOINT_CANONICAL, NONE);
        rig.tell(new CoordinatorsSnapshotted<>(2, null));
        List<CheckpointCommand<String>> failed =
                rig.tell(new Declined<>(2, SINK_0, CheckpointFailureReason.CHECKPOINT_ASYNC_EXCEPTION, null));
        assertThat(only(FailJob.class, failed).get(0).subtask()).isEqualTo(SINK_0);
    }

    @Test
    void aSynchronousSavepointThatASubtaskDeclinesFailsTheJobInAnyCase() {
        Rig rig = new Rig(ON_REQUEST.tolerable(-1)).started();
        rig.request(SAVEPOINT_CANONICAL, TERMINATE);

        List<CheckpointCommand<String>> failed =
                rig.tell(new Declined<>(1, SINK_0, CheckpointFailureReason.CHECKPOINT_DECLINED_TASK_NOT_READY, null));
        assertThat(only(FailJob.class, failed)).hasSize(1);
    }

    @Test
    void afterSomeHaveFinishedBarriersStartWhereNothingRunningIsUpstream() {
        Rig allToAll = new Rig(ON_REQUEST).started();
        allToAll.tell(new SubtaskFinished<>(SOURCE_0));
        allToAll.request(CHECKPOINT, NONE);
        assertThat(triggered(allToAll.tell(new CoordinatorsSnapshotted<>(1, null))))
                .containsExactly(SOURCE_1);

        CheckpointTopology pointwise =
                new CheckpointTopology(Topologies.vertices(2, 2), List.of(Topologies.oneToOne(0, 1, 2)));
        Rig rig = new Rig(ON_REQUEST, pointwise).started();
        rig.tell(new SubtaskFinished<>(SOURCE_0));
        rig.request(CHECKPOINT, NONE);
        assertThat(triggered(rig.tell(new CoordinatorsSnapshotted<>(1, null)))).containsExactly(SOURCE_1, SINK_0);
        rig.acknowledge(1, SOURCE_1);
        rig.acknowledge(1, SINK_0);
        Commit<?> commit = only(Commit.class, rig.acknowledge(1, SINK_1)).get(0);
        assertThat(commit.finished()).isEqualTo(Set.of(SOURCE_0));
        assertThat(commit.snapshots()).containsOnlyKeys(SOURCE_1, SINK_0, SINK_1);
    }

    @Test
    void oneThatFinishesWithoutAWordEndsTheCheckpointAndIsNotCounted() {
        Rig rig = requested(ON_REQUEST, CHECKPOINT);
        rig.tell(new CoordinatorsSnapshotted<>(1, null));
        rig.acknowledge(1, SOURCE_0);

        assertThat(rig.tell(new SubtaskFinished<>(SOURCE_0))).isEmpty();
        List<CheckpointCommand<String>> ended = rig.tell(new SubtaskFinished<>(SOURCE_1));
        assertThat(failure(ended)).isEqualTo(CheckpointFailureReason.CHECKPOINT_DECLINED_TASK_CLOSING);
        assertThat(only(FailJob.class, ended)).isEmpty();
    }

    @Test
    void noneBeginsAfterTheFirstHasFinishedWhereThatIsNotAllowed() {
        Rig rig = new Rig(ON_REQUEST.withoutFinishedTasks()).started();

        rig.tell(new SubtaskFinished<>(SOURCE_0));
        assertThat(Rig.answer(rig.request(CHECKPOINT, NONE)).failure())
                .hasMessage("Some tasks of the job have already finished and checkpointing with finished tasks is not"
                        + " enabled. Failure reason: Not all required tasks are currently running.");
    }

    @Test
    void aSuspensionEndsWhatIsInFlightButNotACommit() {
        Rig rig = new Rig(ON_REQUEST.maxConcurrent(2)).started();
        rig.request(CHECKPOINT, NONE);
        rig.snapshot(1);
        rig.request(CHECKPOINT, NONE);
        assertThat(rig.coordinator.isCommitting()).isTrue();

        List<CheckpointCommand<String>> suspended =
                rig.tell(new Suspended<>(new IOException("a subtask failed"), Set.of(SOURCE_0, SINK_0)));
        assertThat(failure(suspended)).isEqualTo(CheckpointFailureReason.CHECKPOINT_COORDINATOR_SUSPEND);
        assertThat(only(NotifyAborted.class, suspended))
                .containsExactly(new NotifyAborted<>(2, 0, List.of(SOURCE_1, SINK_1)));
        assertThat(only(NotifyComplete.class, rig.commit(1)))
                .containsExactly(new NotifyComplete<>(1, 1_000, -1, List.of(SOURCE_1, SINK_1)));
        assertThat(rig.coordinator.isCommitting()).isFalse();
        assertThat(rig.coordinator.retained()).hasSize(1);
    }

    @Test
    void aNewAttemptHearsNothingOfASavepointThatTheOneBeforeTook() {
        Rig rig = new Rig(ON_REQUEST).started();
        rig.request(SAVEPOINT_CANONICAL, TERMINATE);
        rig.snapshot(1);
        rig.tell(new Suspended<>(null, Set.of(SOURCE_0)));
        rig.tell(new Restored<>(List.of()));
        rig.tell(new CheckpointEvent.SubtaskRunning<>(SOURCE_0));

        assertThat(only(NotifyComplete.class, rig.commit(1)))
                .containsExactly(new NotifyComplete<>(1, 1_000, -1, List.of(SOURCE_1, SINK_0, SINK_1)));
    }

    @Test
    void aCommitThatIsTooLateForTheRestoreIsDropped() {
        Rig rig = requested(ON_REQUEST, CHECKPOINT);
        rig.snapshot(1);
        rig.tell(new Suspended<>(null, Set.of()));

        assertThat(failure(rig.tell(new Restored<>(List.of())))).isEqualTo(CheckpointFailureReason.JOB_FAILOVER_REGION);
        assertThat(rig.commit(1)).containsExactly(new DropCheckpoint<>(1, "chk-1"));
        assertThat(rig.coordinator.retained()).isEmpty();
    }

    @Test
    void idsGoOnAboveTheRestoredOneAndAnUnclaimedOneIsNeverDropped() {
        Rig rig = new Rig(ON_REQUEST);
        rig.tell(new Restored<>(List.of(new RetainedCheckpoint(17, "savepoint", false))));
        rig.started();

        assertThat(begun(rig.request(CHECKPOINT, NONE))).containsExactly(18L);
        assertThat(rig.tracker.statistics().history().get(0).options().kind()).isEqualTo(FULL_CHECKPOINT);
        List<CheckpointCommand<String>> completed = rig.complete(18);
        assertThat(only(DropCheckpoint.class, completed)).isEmpty();
        assertThat(only(NotifyComplete.class, completed).get(0).subsumedId()).isEqualTo(-1);
        rig.request(CHECKPOINT, NONE);
        assertThat(rig.tracker.statistics().history().get(0).options().kind()).isEqualTo(CHECKPOINT);
    }

    @ParameterizedTest
    @CsvSource({
        "NEVER,            FINISHED,  true", "NEVER,            FAILED,    true",
        "NEVER,            CANCELLED, true", "NEVER,            SUSPENDED, false",
        "ON_FAILURE,       FINISHED,  true", "ON_FAILURE,       FAILED,    false",
        "ON_FAILURE,       CANCELLED, true", "ON_FAILURE,       SUSPENDED, false",
        "ON_CANCELLATION,  FINISHED,  true", "ON_CANCELLATION,  FAILED,    false",
        "ON_CANCELLATION,  CANCELLED, false", "ON_CANCELLATION, SUSPENDED, false"
    })
    void theEndOfTheJobDropsWhatIsNotToBeKept(Retention retention, End end, boolean dropped) {
        Rig rig = requested(ON_REQUEST.maxConcurrent(2).retaining(2, retention), CHECKPOINT);
        rig.complete(1);
        rig.request(CHECKPOINT, NONE);
        rig.snapshot(2);

        assertThat(only(DropCheckpoint.class, rig.tell(new JobEnded<>(end)))).hasSize(dropped ? 1 : 0);
        List<CheckpointCommand<String>> late = rig.commit(2);
        assertThat(Rig.answer(late).location()).isEqualTo("chk-2");
        assertThat(only(DropCheckpoint.class, late)).hasSize(dropped ? 1 : 0);
    }

    @Test
    void savepointsAreAlwaysAligned() {
        Map<Policies, Alignment> expected = Map.of(
                ON_REQUEST,
                Alignment.ALIGNED,
                ON_REQUEST.aligning(Mode.AT_LEAST_ONCE, true, 0),
                Alignment.AT_LEAST_ONCE,
                ON_REQUEST.aligning(Mode.EXACTLY_ONCE, true, 0),
                Alignment.UNALIGNED,
                ON_REQUEST.aligning(Mode.EXACTLY_ONCE, true, 30),
                Alignment.ALIGNED_WITH_TIMEOUT);
        expected.forEach((policies, alignment) -> {
            CheckpointOptions options = policies.policy().options(CHECKPOINT, NONE);
            assertThat(options.alignment()).isEqualTo(alignment);
            assertThat(options.alignedTimeoutMillis())
                    .isEqualTo(alignment == Alignment.ALIGNED_WITH_TIMEOUT ? 30 : Long.MAX_VALUE);
            assertThat(policies.policy().options(SAVEPOINT_NATIVE, NONE).alignment())
                    .isIn(Alignment.ALIGNED, Alignment.AT_LEAST_ONCE);
        });
    }

    @Test
    void aPolicyRefusesWhatFlinkRefuses() {
        assertThatThrownBy(() -> Policies.usual().interval(9)).hasMessage("intervalMillis=9 < 10");
        assertThatThrownBy(() -> Policies.usual().maxConcurrent(2).aligning(Mode.EXACTLY_ONCE, true, 0))
                .hasMessage("maxConcurrent=2 > 1 with unaligned checkpoints");
        assertThat(Policies.usual().minPause(300).policy().intervalMillis()).isEqualTo(300);
    }
}
