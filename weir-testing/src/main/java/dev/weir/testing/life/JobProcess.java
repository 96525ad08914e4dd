package dev.weir.testing.life;

import dev.weir.engine.checkpoint.CheckpointEvent;
import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.RetainedCheckpoint;
import dev.weir.engine.checkpoint.Subtask;
import dev.weir.engine.exchange.ChannelLimits;
import dev.weir.engine.job.Dataflow;
import dev.weir.engine.jobstore.JobRecord;
import dev.weir.engine.jobstore.JobStore;
import dev.weir.engine.jobstore.RecordedCheckpoints;
import dev.weir.engine.task.SubtaskId;
import dev.weir.engine.task.TaskCheckpointing;
import dev.weir.testing.simulation.DataflowSimulator;
import dev.weir.testing.simulation.SimulationOptions;
import dev.weir.testing.simulation.SubtaskObserver;
import dev.weir.testing.storage.CrashingDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One process that runs the job, from where the last one has left it. */
final class JobProcess {
    static final Path DIRECTORY = Path.of("/data/jobs/life");

    private final World world;
    private final RandomJob job;
    private final CrashingDisk disk;
    private final JobStore store;
    private final CheckpointFiles files;
    private final Coordination coordination;
    private final JobProcessor.Surroundings around;
    private final Dataflow dataflow;
    private final Checkpoints checkpoints;
    private final SimulationOptions hostility;
    private final Map<Subtask, TaskState> states = new HashMap<>();
    private CheckpointFiles.@Nullable Restored restored;

    JobProcess(
            World world,
            RandomJob job,
            CheckpointPolicy policy,
            CrashingDisk disk,
            Outside outside,
            Faults faults,
            Stores stores)
            throws IOException {
        this.world = world;
        this.job = job;
        this.disk = disk;
        this.store = JobStore.open(disk, DIRECTORY, "life", () -> {});
        this.files = new CheckpointFiles(disk, DIRECTORY, job);
        this.coordination = new Coordination(world.time(), world.random(), job);
        this.around = new JobProcessor.Surroundings(world.random(), outside, coordination, faults, stores);
        List<Integer> parallelism = job.vertices().stream()
                .map(vertex -> 1 + world.random().nextInt(3))
                .toList();
        this.dataflow = job.dataflow(parallelism, this::processor);
        this.checkpoints = new Checkpoints(
                world,
                policy,
                dataflow,
                files,
                new RecordedCheckpoints(store),
                coordination,
                store.record().nextCheckpointId());
        int slots = 1 + world.random().nextInt(4);
        this.hostility = new SimulationOptions(
                new ChannelLimits(
                        1 + world.random().nextInt(3),
                        slots,
                        slots + world.random().nextInt(20)),
                world.random().nextInt(20),
                world.random().nextInt(20));
    }

    static Set<Subtask> subtasks(Dataflow dataflow) {
        Set<Subtask> all = new TreeSet<>();
        for (int vertex = 0; vertex < dataflow.vertices().size(); vertex++) {
            for (int index = 0; index < dataflow.vertices().get(vertex).parallelism(); index++) {
                all.add(new Subtask(vertex, index));
            }
        }
        return all;
    }

    private JobProcessor processor(SubtaskId subtask) {
        TaskState state = states.getOrDefault(new Subtask(subtask.vertex(), subtask.index()), TaskState.empty());
        boolean finished = restored != null && !restored.states().containsKey(subtask.vertex());
        return new JobProcessor(job, subtask, state, finished, around);
    }

    /** Runs the job to its end. */
    void run() throws Exception {
        if (store.record().phase() == JobRecord.Phase.ENDED) {
            world.saw("process of a job that has ended");
            store.checkpoints(List.of());
            sweep();
            return;
        }
        resume();
        world.note(store.record().toString());
        for (int attempt = 0; ; attempt++) {
            DataflowSimulator simulator = new DataflowSimulator(
                    dataflow,
                    hostility,
                    world.random().nextLong(),
                    new TaskCheckpointing(true, checkpoints, world::nowMillis),
                    world.time(),
                    new Observer(),
                    attempt);
            checkpoints.started(simulator);
            try {
                simulator.run();
                end();
                return;
            } catch (Faults.TaskFailure e) {
                world.saw("restart");
                world.note(String.valueOf(e.getMessage()));
                restart(attempt, e);
            }
        }
    }

    private final class Observer implements SubtaskObserver {
        @Override
        public void running(SubtaskId subtask) {
            checkpoints.running(subtask);
        }

        @Override
        public void finished(SubtaskId subtask) {
            coordination.ended(subtask, false);
            checkpoints.finished(subtask);
        }
    }

    void savepoint() {
        checkpoints.savepoint();
    }

    private void resume() throws IOException {
        List<RetainedCheckpoint> oldestFirst = new ArrayList<>();
        for (String name : store.record().resumable() ? store.record().checkpoints() : List.<String>of()) {
            try {
                CheckpointFiles.Restored found = files.load(name);
                if (oldestFirst.isEmpty()) {
                    assign(found);
                }
                oldestFirst.add(0, new RetainedCheckpoint(found.id(), name, true));
            } catch (IOException e) {
                world.saw("checkpoint passed over");
            }
        }
        CheckpointFiles.Restored found = restored;
        if (found == null) {
            world.saw("process that begins anew");
            store.fresh();
        } else {
            world.saw("process that goes on");
            store.phase(JobRecord.Phase.RUNNING);
            checkpoints.adopted(oldestFirst);
            coordination.reset(found.coordinators());
            List<String> latestFirst = new ArrayList<>();
            oldestFirst.forEach(checkpoint -> latestFirst.add(0, checkpoint.location()));
            store.checkpoints(latestFirst);
        }
        sweep();
    }

    private void assign(CheckpointFiles.Restored found) {
        restored = found;
        states.clear();
        found.states().forEach((vertex, before) -> {
            List<TaskState> dealt =
                    TaskState.deal(before, job, dataflow.vertices().get(vertex).parallelism());
            for (int index = 0; index < dealt.size(); index++) {
                states.put(new Subtask(vertex, index), dealt.get(index));
            }
        });
    }

    private void restart(int attempt, Throwable cause) throws IOException {
        Set<Subtask> all = subtasks(dataflow);
        checkpoints.suspended(cause);
        all.forEach(subtask -> coordination.ended(
                new SubtaskId(
                        subtask.vertex(),
                        dataflow.vertices().get(subtask.vertex()).name(),
                        subtask.index(),
                        dataflow.vertices().get(subtask.vertex()).parallelism(),
                        attempt),
                true));
        long restartNanos = world.time().nowNanos() + world.random().nextInt(300_000);
        world.time().schedule(restartNanos - world.time().nowNanos(), () -> {});
        world.time().runUntil(() -> world.time().nowNanos() >= restartNanos);
        List<RetainedCheckpoint> latestFirst = checkpoints.retained();
        boolean coordinatorsToo = world.oneIn(4);
        if (latestFirst.isEmpty()) {
            restored = null;
            states.clear();
            checkpoints.restored(0);
        } else {
            assign(files.load(latestFirst.get(0).location()));
            checkpoints.restored(latestFirst.get(0).id());
        }
        CheckpointFiles.Restored from = restored;
        if (coordinatorsToo) {
            coordination.reset(from == null ? Map.of() : from.coordinators());
        } else {
            coordination.resetSubtasks(from == null ? -1 : from.id(), all);
        }
    }

    private void end() throws IOException {
        boolean recordedEnd = true;
        try {
            store.phase(JobRecord.Phase.ENDED);
        } catch (IOException e) {
            recordedEnd = false;
        }
        checkpoints.ended(recordedEnd ? CheckpointEvent.End.FINISHED : CheckpointEvent.End.SUSPENDED);
        if (!recordedEnd) {
            throw new IOException("how the job ended is not on the disk");
        }
    }

    /** What no record names is left of a process that died, or could not be deleted. */
    private void sweep() {
        long failures = disk.failures();
        files.sweep(store.record().checkpoints(), Set.copyOf(disk.files()));
        if (disk.failures() == failures) {
            checkFiles();
        }
    }

    /** Every file belongs to a checkpoint that the job has, to the record, or to people. */
    void checkFiles() {
        Set<String> recorded = new TreeSet<>(store.record().checkpoints());
        for (Path file : disk.files()) {
            boolean known = file.equals(DIRECTORY.resolve("job"))
                    || file.startsWith(CheckpointFiles.SAVEPOINTS)
                    || recorded.contains(String.valueOf(file.getParent()));
            if (!known) {
                throw new AssertionError(file + " belongs to nobody: " + store.record() + " has it not");
            }
        }
    }
}
