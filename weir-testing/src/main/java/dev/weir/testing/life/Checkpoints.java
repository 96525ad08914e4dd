package dev.weir.testing.life;

import dev.weir.engine.checkpoint.CheckpointCommand;
import dev.weir.engine.checkpoint.CheckpointCoordinator;
import dev.weir.engine.checkpoint.CheckpointEvent;
import dev.weir.engine.checkpoint.CheckpointFailureReason;
import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointOptions;
import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.CheckpointTracker;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.engine.checkpoint.RetainedCheckpoint;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.checkpoint.SubtaskMetrics;
import dev.weir.engine.job.CheckpointTopologies;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.jobstore.RecordedCheckpoints;
import dev.weir.engine.task.CheckpointBarrier;
import dev.weir.engine.task.CheckpointSubsumedException;
import dev.weir.engine.task.PendingSnapshot;
import dev.weir.engine.task.SnapshotListener;
import dev.weir.engine.task.SnapshotTimes;
import dev.weir.engine.task.SubtaskId;
import dev.weir.testing.simulation.DataflowSimulator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what the engine's checkpoint coordinator asks for, as weir-flink does it for Flink's formats: the coordinator
 * on one thread, files on any number of others.
 */
final class Checkpoints implements SnapshotListener {
    private final World world;
    private final Lane thread;
    private final CheckpointFiles files;
    private final RecordedCheckpoints recorded;
    private final Coordination coordination;
    private final CheckpointCoordinator<CheckpointFiles.Part> coordinator;
    private final Set<Subtask> subtasks;
    private final List<Integer> parallelism;
    private final Map<Long, CheckpointFiles.Write> writes = new HashMap<>();
    private final Set<Long> droppedEarly = new HashSet<>();
    private final Set<Subtask> dataEnded = new HashSet<>();
    private final Set<PendingSnapshot> unwritten = new LinkedHashSet<>();
    private @Nullable DataflowSimulator run;
    private long wakes;
    private long requests;
    private int beginning;
    private int cleaning;
    private int committing;

    Checkpoints(
            World world,
            CheckpointPolicy policy,
            Dataflow dataflow,
            CheckpointFiles files,
            RecordedCheckpoints recorded,
            Coordination coordination,
            long firstId) {
        this.world = world;
        this.thread = new Lane(world.time(), world.random(), 20_000);
        this.files = files;
        this.recorded = recorded;
        this.coordination = coordination;
        this.parallelism =
                dataflow.vertices().stream().map(Dataflow.Vertex::parallelism).toList();
        this.subtasks = Set.copyOf(JobProcess.subtasks(dataflow));
        this.coordinator = new CheckpointCoordinator<>(
                policy,
                CheckpointTopologies.of(dataflow),
                firstId,
                policy.initialDelayMillis(world.random()),
                new CheckpointTracker(CheckpointTopologies.of(dataflow), 4));
    }

    // ---- what happens to the job

    void started(DataflowSimulator running) {
        thread.execute(() -> {
            run = running;
            handle(new CheckpointEvent.Started<>());
            takeLast();
        });
    }

    void running(SubtaskId subtask) {
        tell(new CheckpointEvent.SubtaskRunning<>(named(subtask)));
    }

    void finished(SubtaskId subtask) {
        thread.execute(() -> {
            dataEnded.add(named(subtask));
            handle(new CheckpointEvent.SubtaskFinished<>(named(subtask)));
        });
    }

    void suspended(Throwable cause) {
        List<PendingSnapshot> unfinished = List.copyOf(unwritten);
        io(() -> unfinished.forEach(PendingSnapshot::cancel));
        thread.execute(() -> {
            run = null;
            dataEnded.clear();
            handle(new CheckpointEvent.Suspended<>(cause, subtasks));
        });
    }

    void adopted(List<RetainedCheckpoint> oldestFirst) {
        thread.executeAndWait(() -> handle(new CheckpointEvent.Restored<>(oldestFirst)));
    }

    /** The job's checkpoints, the latest first, once none is being committed. */
    List<RetainedCheckpoint> retained() {
        thread.executeAndWait(() -> {});
        world.time().runUntil(() -> !coordinator.isCommitting());
        List<RetainedCheckpoint> latestFirst = new ArrayList<>(coordinator.retained());
        Collections.reverse(latestFirst);
        return latestFirst;
    }

    /** The job goes back to a checkpoint, or to its beginning: 0. */
    void restored(long id) {
        adopted(coordinator.retained().stream()
                .filter(known -> known.id() <= id)
                .toList());
    }

    void ended(CheckpointEvent.End end) {
        thread.executeAndWait(() -> {
            run = null;
            handle(new CheckpointEvent.JobEnded<>(end));
        });
        world.time().runUntil(() -> beginning == 0 && cleaning == 0 && committing == 0);
    }

    void savepoint() {
        tell(new CheckpointEvent.Requested<>(
                requests++, CheckpointKind.SAVEPOINT_CANONICAL, PostCheckpointAction.NONE, "savepoints"));
    }

    // ---- what subtasks say

    @Override
    public void taken(SubtaskId subtask, CheckpointBarrier barrier, SnapshotTimes times, PendingSnapshot snapshot) {
        world.saw(times.unaligned() ? "snapshot that overtook" : "snapshot that did not overtake");
        unwritten.add(snapshot);
        io(() -> complete(subtask, barrier.id(), snapshot));
    }

    private void complete(SubtaskId subtask, long id, PendingSnapshot snapshot) {
        try {
            Snapshot.Bytes bytes = (Snapshot.Bytes) snapshot.complete();
            CheckpointFiles.Write write = writes.get(id);
            if (write == null) {
                throw new IOException("checkpoint " + id + " was given up");
            }
            CheckpointFiles.Part part = write.part(named(subtask), bytes);
            // whoever has written may be heard much later, when others run in its place
            io(() -> tell(new CheckpointEvent.Acknowledged<>(id, named(subtask), part, SubtaskMetrics.NONE)));
        } catch (Exception e) {
            tell(new CheckpointEvent.Declined<>(
                    id, named(subtask), CheckpointFailureReason.CHECKPOINT_ASYNC_EXCEPTION, e));
        } finally {
            unwritten.remove(snapshot);
        }
    }

    @Override
    public void dataEnded(SubtaskId subtask) {
        thread.execute(() -> {
            dataEnded.add(named(subtask));
            takeLast();
        });
    }

    private void takeLast() {
        if (run != null && dataEnded.containsAll(subtasks)) {
            handle(new CheckpointEvent.Requested<>(
                    requests++, CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE, null));
        }
    }

    @Override
    public void declined(SubtaskId subtask, long checkpointId, Throwable cause) {
        CheckpointFailureReason reason = cause instanceof CheckpointSubsumedException
                ? CheckpointFailureReason.CHECKPOINT_DECLINED_SUBSUMED
                : CheckpointFailureReason.CHECKPOINT_DECLINED;
        tell(new CheckpointEvent.Declined<>(checkpointId, named(subtask), reason, cause));
    }

    private static Subtask named(SubtaskId subtask) {
        return new Subtask(subtask.vertex(), subtask.index());
    }

    // ---- the coordinator's thread

    private void tell(CheckpointEvent<CheckpointFiles.Part> event) {
        thread.execute(() -> handle(event));
    }

    private void io(Runnable action) {
        world.time().schedule(world.storageNanos(), action);
    }

    private void handle(CheckpointEvent<CheckpointFiles.Part> event) {
        if (event instanceof CheckpointEvent.Committed || event instanceof CheckpointEvent.CommitFailed) {
            committing--;
        }
        for (CheckpointCommand<CheckpointFiles.Part> command : coordinator.handle(event, world.nowMillis())) {
            carryOut(command);
        }
    }

    private void carryOut(CheckpointCommand<CheckpointFiles.Part> command) {
        if (command instanceof CheckpointCommand.SnapshotCoordinators<CheckpointFiles.Part> begin) {
            beginning++;
            io(() -> begin(begin.id(), begin.options()));
        } else if (command instanceof CheckpointCommand.TriggerSubtasks<CheckpointFiles.Part> trigger) {
            trigger(trigger);
        } else if (command instanceof CheckpointCommand.Commit<CheckpointFiles.Part> commit) {
            committing++;
            io(() -> commit(commit));
        } else if (command instanceof CheckpointCommand.NotifyComplete<CheckpointFiles.Part> complete) {
            world.completed(complete.id());
            DataflowSimulator running = run;
            if (running != null) {
                complete.subtasks().forEach(subtask -> running.messages()
                        .checkpointCompleted(subtask.vertex(), subtask.index(), complete.id()));
            }
            coordination.completed(complete.id());
        } else if (command instanceof CheckpointCommand.NotifyAborted<CheckpointFiles.Part> aborted) {
            world.saw("aborted");
            world.note("checkpoint " + aborted.id());
            DataflowSimulator running = run;
            if (running != null) {
                aborted.subtasks().forEach(subtask -> running.messages()
                        .checkpointAborted(subtask.vertex(), subtask.index(), aborted.id()));
            }
            coordination.aborted(aborted.id());
        } else if (command instanceof CheckpointCommand.DiscardSnapshot) {
            world.saw("late acknowledgement");
        } else {
            carryOutOther(command);
        }
    }

    private void carryOutOther(CheckpointCommand<CheckpointFiles.Part> command) {
        if (command instanceof CheckpointCommand.DropPending<CheckpointFiles.Part> drop) {
            CheckpointFiles.Write write = writes.remove(drop.id());
            if (write == null) {
                droppedEarly.add(drop.id());
            }
            clean(drop.id(), () -> {
                if (write != null) {
                    write.abort();
                }
            });
        } else if (command instanceof CheckpointCommand.DropCheckpoint<CheckpointFiles.Part> drop) {
            clean(drop.id(), () -> drop(drop.location()));
        } else if (command instanceof CheckpointCommand.WakeAt<CheckpointFiles.Part> at) {
            wakeAt(at.millis());
        } else if (command instanceof CheckpointCommand.Answer<CheckpointFiles.Part> answer) {
            world.answered(answer.location());
        } else if (command instanceof CheckpointCommand.FailJob<CheckpointFiles.Part> fail) {
            DataflowSimulator failing = run;
            world.time().schedule(0, () -> {
                if (failing != null && run == failing) {
                    world.saw("job failed by its checkpoints");
                    throw new Faults.TaskFailure(fail.cause().toString());
                }
            });
        }
    }

    private void trigger(CheckpointCommand.TriggerSubtasks<CheckpointFiles.Part> trigger) {
        DataflowSimulator running = run;
        if (running == null) {
            return;
        }
        CheckpointOptions options = trigger.options();
        CheckpointBarrier barrier = new CheckpointBarrier(trigger.id(), trigger.timestampMillis(), options);
        trigger.subtasks()
                .forEach(subtask -> running.messages().triggerCheckpoint(subtask.vertex(), subtask.index(), barrier));
        if (options.alignedTimeoutMillis() != Long.MAX_VALUE) {
            world.time().schedule(options.alignedTimeoutMillis() * World.MILLI_NANOS, running::wakeAll);
        }
    }

    private void wakeAt(long millis) {
        long wake = ++wakes;
        if (millis != Long.MAX_VALUE) {
            long delay = Math.max(0, millis - world.nowMillis()) * World.MILLI_NANOS;
            world.time().schedule(delay, () -> {
                if (wake == wakes) {
                    handle(new CheckpointEvent.Tick<>());
                }
            });
        }
    }

    // ---- threads for files

    private void begin(long id, CheckpointOptions options) {
        try {
            recorded.reserve(id);
            CheckpointFiles.Write write = files.begin(id, options.kind().isSavepoint());
            thread.execute(() -> begun(id, write));
        } catch (IOException e) {
            thread.execute(() -> {
                beginning--;
                handle(new CheckpointEvent.CoordinatorsFailed<>(id, e));
                droppedEarly.remove(id);
            });
        }
    }

    private void begun(long id, CheckpointFiles.Write write) {
        beginning--;
        if (droppedEarly.remove(id)) {
            write.abort();
            return;
        }
        writes.put(id, write);
        coordination.checkpoint(id, states -> tell(new CheckpointEvent.CoordinatorsSnapshotted<>(id, states)));
    }

    @SuppressWarnings("unchecked") // as begun has handed it in
    private void commit(CheckpointCommand.Commit<CheckpointFiles.Part> commit) {
        CheckpointFiles.Write write = writes.get(commit.id());
        Map<Integer, List<Split>> coordinators =
                commit.coordinators() == null ? Map.of() : (Map<Integer, List<Split>>) commit.coordinators();
        try {
            if (write == null) {
                throw new IOException("checkpoint " + commit.id() + " has no place");
            }
            String name = write.commit(commit, parallelism, coordinators);
            writes.remove(commit.id());
            io(() -> record(commit, name));
        } catch (IOException e) {
            tell(new CheckpointEvent.CommitFailed<>(
                    commit.id(), CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE, e));
        }
    }

    /** Before subtasks hear of it, since what they commit then must not come again. */
    private void record(CheckpointCommand.Commit<CheckpointFiles.Part> commit, String name) {
        try {
            if (!commit.options().kind().isSavepoint()) {
                recorded.add(commit.id(), name);
            }
            io(() -> tell(new CheckpointEvent.Committed<>(commit.id(), name, 1)));
        } catch (IOException e) {
            files.drop(name);
            tell(new CheckpointEvent.CommitFailed<>(
                    commit.id(), CheckpointFailureReason.FINALIZE_CHECKPOINT_FAILURE, e));
        }
    }

    private void clean(long id, Runnable deletion) {
        cleaning++;
        io(() -> {
            deletion.run();
            thread.execute(() -> {
                cleaning--;
                handle(new CheckpointEvent.Cleaned<>(id));
            });
        });
    }

    private void drop(String name) {
        try {
            recorded.drop(name);
            files.drop(name);
            recorded.deleted(name);
        } catch (IOException left) {
            world.saw("checkpoint that could not be deleted");
        }
    }
}
