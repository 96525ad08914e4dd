package dev.weir.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.checkpoint.CheckpointCommand.Answer;
import dev.weir.engine.checkpoint.CheckpointCommand.Commit;
import dev.weir.engine.checkpoint.CheckpointCommand.DiscardSnapshot;
import dev.weir.engine.checkpoint.CheckpointCommand.DropCheckpoint;
import dev.weir.engine.checkpoint.CheckpointCommand.FailJob;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyAborted;
import dev.weir.engine.checkpoint.CheckpointCommand.NotifyComplete;
import dev.weir.engine.checkpoint.CheckpointCommand.SnapshotCoordinators;
import dev.weir.engine.checkpoint.CheckpointCommand.TriggerSubtasks;
import dev.weir.engine.checkpoint.CheckpointEvent.Acknowledged;
import dev.weir.engine.checkpoint.CheckpointEvent.Committed;
import dev.weir.engine.checkpoint.CheckpointEvent.End;
import dev.weir.engine.checkpoint.CheckpointEvent.JobEnded;
import dev.weir.engine.checkpoint.CheckpointEvent.Requested;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What holds whatever happens, said without the coordinator's own means. */
final class Laws {

    private record Open(long id, CheckpointOptions options, boolean periodic, Set<Subtask> awaited) {}

    private final CheckpointPolicy policy;
    private final CheckpointTopology topology;
    private final Storage storage;
    private final Map<String, Integer> seen;
    private final Map<Long, Open> open = new HashMap<>();
    private final Set<Long> completed = new HashSet<>();
    private final Set<Long> unanswered = new HashSet<>();
    private long nowMillis;
    private Set<Subtask> running = Set.of();
    private Set<Subtask> finished = Set.of();
    private long lastBegun;
    private long lastCompleted;
    private long lastCompletionMillis = Long.MIN_VALUE / 2;
    private boolean mustBeFull;
    private boolean over;

    Laws(CheckpointPolicy policy, CheckpointTopology topology, Storage storage, Map<String, Integer> seen) {
        this.policy = policy;
        this.topology = topology;
        this.storage = storage;
        this.seen = seen;
    }

    private void saw(String what) {
        seen.merge(what, 1, Integer::sum);
    }

    void restored(List<RetainedCheckpoint> found) {
        mustBeFull = !found.isEmpty() && !found.get(found.size() - 1).claimed();
        lastBegun = found.isEmpty()
                ? lastBegun
                : Math.max(lastBegun, found.get(found.size() - 1).id());
    }

    void crashed() {
        saw("crash");
        open.clear();
        unanswered.clear();
        lastCompletionMillis = Long.MIN_VALUE / 2;
    }

    boolean isCompleted(long id) {
        return completed.contains(id);
    }

    void before(CheckpointEvent<String> event, long now, Set<Subtask> runningNow, Set<Subtask> finishedNow) {
        nowMillis = now;
        running = runningNow;
        finished = finishedNow;
        over |= event instanceof JobEnded;
        if (event instanceof Requested<String> requested) {
            unanswered.add(requested.requestId());
        }
    }

    void after(CheckpointEvent<String> event, List<CheckpointCommand<String>> commands) {
        if (event instanceof Committed<String> committed) {
            complete(committed.id(), commands);
        }
        boolean late = event instanceof Acknowledged<String> acknowledged && !open.containsKey(acknowledged.id());
        if (late) {
            saw("late acknowledgement");
            assertThat(commands)
                    .as("a late acknowledgement changes nothing")
                    .allMatch(DiscardSnapshot.class::isInstance);
        }
        commands.forEach(this::check);
    }

    private void complete(long id, List<CheckpointCommand<String>> commands) {
        Open checkpoint = open.remove(id);
        if (checkpoint == null) {
            saw("abandoned commit");
            assertThat(commands)
                    .as("an abandoned commit is dropped")
                    .anyMatch(command -> command instanceof DropCheckpoint<String> drop && drop.id() == id);
            return;
        }
        saw(checkpoint.options().kind() + " completed");
        completed.add(id);
        lastCompletionMillis = nowMillis;
        if (!checkpoint.options().kind().isSavepoint()) {
            assertThat(id).as("completed ids grow").isGreaterThan(lastCompleted);
            lastCompleted = id;
            mustBeFull = false;
        }
    }

    private void check(CheckpointCommand<String> command) {
        if (command instanceof SnapshotCoordinators<String> begun) {
            checkBegun(begun);
        } else if (command instanceof TriggerSubtasks<String> trigger) {
            checkTriggered(trigger);
        } else if (command instanceof Commit<String> commit) {
            assertThat(commit.snapshots().keySet())
                    .isEqualTo(open.get(commit.id()).awaited());
            assertThat(commit.snapshots().values()).allMatch(file -> file.startsWith(commit.id() + "/"));
            assertThat(commit.coordinators()).isEqualTo("c" + commit.id());
        } else if (command instanceof NotifyComplete<String> complete) {
            assertThat(completed).contains(complete.id());
            assertThat(running).containsAll(complete.subtasks());
        } else if (command instanceof NotifyAborted<String> aborted) {
            saw("aborted");
            assertThat(open.remove(aborted.id()))
                    .as("aborted once, and not completed")
                    .isNotNull();
            assertThat(running).containsAll(aborted.subtasks());
        } else if (command instanceof FailJob<String> fail) {
            checkFailure(fail);
        }
    }

    private void checkBegun(SnapshotCoordinators<String> begun) {
        boolean savepoint = begun.options().kind().isSavepoint();
        boolean forced = savepoint && !policy.unaligned();
        boolean periodic = begun.targetDirectory() == null;
        assertThat(over).as("the job is over").isFalse();
        assertThat(begun.id()).as("ids grow").isGreaterThan(lastBegun);
        lastBegun = begun.id();
        if (!forced) {
            assertThat(open.size()).as("in flight before").isLessThan(policy.maxConcurrent());
        }
        if (periodic) {
            saw("periodic");
            assertThat(nowMillis)
                    .as("after the pause")
                    .isGreaterThanOrEqualTo(lastCompletionMillis + policy.minPauseMillis());
        }
        if (!savepoint && mustBeFull) {
            saw("full for want of a claim");
            assertThat(begun.options().kind()).isEqualTo(CheckpointKind.FULL_CHECKPOINT);
        }
        assertThat(running.size() + finished.size()).as("all run").isEqualTo(topology.subtaskCount());
        if (!finished.isEmpty()) {
            saw("after some have finished");
            assertThat(policy.afterTasksFinish()).isTrue();
        }
        open.put(begun.id(), new Open(begun.id(), begun.options(), periodic, new TreeSet<>(running)));
    }

    private void checkTriggered(TriggerSubtasks<String> trigger) {
        assertThat(running)
                .as("all that take part")
                .isEqualTo(open.get(trigger.id()).awaited());
        assertThat(trigger.subtasks())
                .containsExactlyElementsOf(running.stream()
                        .filter(subtask -> topology.edges().stream()
                                .filter(edge -> edge.target() == subtask.vertex())
                                .noneMatch(edge -> running.stream()
                                        .filter(producer -> producer.vertex() == edge.source())
                                        .anyMatch(producer -> reads(edge, subtask, producer))))
                        .toList());
    }

    private static boolean reads(CheckpointTopology.Edge edge, Subtask consumer, Subtask producer) {
        CheckpointTopology.Span span = edge.producers().get(consumer.index());
        return producer.index() >= span.first() && producer.index() < span.end();
    }

    private void checkFailure(FailJob<String> fail) {
        saw("job failed");
        if (fail.cause() instanceof CheckpointToleranceExceededException exceeded) {
            assertThat(policy.tolerableFailures()).isNotNegative();
            assertThat(exceeded.getCause()).isInstanceOf(CheckpointException.class);
        }
    }

    void answered(Answer<String> answer) {
        saw(answer.failure() == null ? "request fulfilled" : "request failed");
        assertThat(unanswered.remove(answer.requestId())).as("answered once").isTrue();
        assertThat(answer.location() == null).isNotEqualTo(answer.failure() == null);
    }

    void checkState(List<RetainedCheckpoint> retained, CheckpointStatistics statistics) {
        assertThat(retained)
                .hasSizeLessThanOrEqualTo(policy.numRetained())
                .isSortedAccordingTo((a, b) -> Long.compare(a.id(), b.id()));
        assertThat(retained).allMatch(checkpoint -> !checkpoint.claimed() || storage.isComplete(checkpoint.id()));
        CheckpointStatistics.Counts counts = statistics.counts();
        assertThat(counts.inProgress()).isEqualTo(open.size());
        assertThat(counts.total()).isEqualTo(counts.inProgress() + counts.completed() + counts.failed());
        assertThat(statistics.history()).hasSizeLessThanOrEqualTo(4 + counts.inProgress());
    }

    void checkTheEnd(List<RetainedCheckpoint> retained, @Nullable End end) {
        assertThat(end).isNotNull();
        saw("ended " + end);
        assertThat(open).as("nothing in flight").isEmpty();
        assertThat(unanswered).as("everyone has an answer").isEmpty();
        assertThat(storage.files()).as("files that no checkpoint has").isEqualTo(storage.named());
        boolean kept = policy.retention().keeps(end);
        List<Long> claimed = retained.stream()
                .filter(RetainedCheckpoint::claimed)
                .map(RetainedCheckpoint::id)
                .toList();
        assertThat(storage.checkpoints()).isEqualTo(kept ? claimed : List.of());
    }
}
