package dev.weir.testing.life;

import dev.weir.engine.checkpoint.CheckpointKind;
import dev.weir.engine.checkpoint.CheckpointPolicy;
import dev.weir.engine.checkpoint.CheckpointPolicy.Mode;
import dev.weir.engine.checkpoint.CheckpointPolicy.Retention;
import dev.weir.engine.checkpoint.PostCheckpointAction;
import dev.weir.testing.storage.CrashingDisk;
import java.io.IOException;
import java.util.Map;
import java.util.Random;

/** A job from its first process to its end, and what holds whatever happens to it. */
final class Life {
    private static final int PROCESSES_MAX = 200;
    private static final long LIFE_NANOS_MAX = 3_000_000_000L;

    /** SIGKILL, not a bug. */
    private static final class Killed extends Error {}

    private final Random random;
    private final World world;
    private final RandomJob job;
    private final CheckpointPolicy policy;
    private final Outside outside = new Outside();
    private final Faults faults;
    private final int diskFailures;
    private final JobLives.StoreFactory factory;
    private CrashingDisk disk;
    private int crashesLeft;

    Life(long seed, Map<String, Integer> seen, JobLives.StoreFactory factory) {
        this.factory = factory;
        random = new Random(seed);
        world = new World(random, seen);
        job = RandomJob.draw(random);
        policy = policy();
        faults = new Faults(random, random.nextInt(6));
        disk = new CrashingDisk(random);
        crashesLeft = random.nextInt(6);
        diskFailures = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 0;
        world.saw(policy.options(CheckpointKind.CHECKPOINT, PostCheckpointAction.NONE)
                .alignment()
                .name());
    }

    /** What happened, with its time in milliseconds. */
    String journal() {
        return String.join("\n", world.journal());
    }

    private CheckpointPolicy policy() {
        boolean atLeastOnce = random.nextInt(5) == 0;
        boolean unaligned = random.nextBoolean();
        return new CheckpointPolicy(
                10 + random.nextInt(30),
                Long.MAX_VALUE,
                random.nextInt(20),
                world.timeoutMillis(),
                unaligned ? 1 : 1 + random.nextInt(3),
                random.nextInt(3) == 0 ? 2 : -1,
                1 + random.nextInt(3),
                atLeastOnce ? Mode.AT_LEAST_ONCE : Mode.EXACTLY_ONCE,
                Retention.ON_FAILURE,
                unaligned,
                random.nextBoolean() ? 0 : 1 + random.nextInt(5),
                true);
    }

    void run() throws Exception {
        for (int processes = 1; !runProcess(); processes++) {
            if (processes > PROCESSES_MAX) {
                throw new AssertionError("no process comes to the end");
            }
        }
        outside.check(job, policy.mode() == Mode.EXACTLY_ONCE);
        checkSavepoints();
        if (outside.size() > 0) {
            world.saw("output");
        }
    }

    /** Whether the job is over. */
    private boolean runProcess() throws Exception {
        disk.fail(diskFailures);
        world.time().schedule(LIFE_NANOS_MAX, () -> {
            throw new AssertionError("the job does not end");
        });
        try (Stores stores = new Stores(factory)) {
            drawCrash();
            JobProcess process = new JobProcess(world, job, policy, disk, outside, faults, stores);
            for (int wishes = random.nextInt(3); wishes > 0; wishes--) {
                world.time().schedule(random.nextInt(3_000_000), process::savepoint);
            }
            process.run();
            disk.crashAfter(Long.MAX_VALUE);
            if (disk.failures() == 0) {
                process.checkFiles();
            }
            return true;
        } catch (CrashingDisk.PowerLoss e) {
            world.saw("power loss");
            disk = disk.rebooted();
            files().checkWhole(disk.files());
        } catch (Killed e) {
            world.saw("killed");
            disk.crashAfter(Long.MAX_VALUE);
        } catch (IOException e) {
            world.saw("process that gave up");
            disk.crashAfter(Long.MAX_VALUE);
        } finally {
            world.time().forgetAll();
        }
        return false;
    }

    private void drawCrash() {
        if (crashesLeft == 0) {
            return;
        }
        crashesLeft--;
        switch (random.nextInt(4)) {
            case 0 ->
                world.time().schedule(random.nextInt(6_000_000), () -> {
                    throw new Killed();
                });
            case 1 ->
                world.time().schedule(random.nextInt(6_000_000), () -> {
                    throw new CrashingDisk.PowerLoss();
                });
            default -> disk.crashAfter(1L + random.nextInt(200));
        }
    }

    private CheckpointFiles files() {
        return new CheckpointFiles(disk, JobProcess.DIRECTORY, job);
    }

    private void checkSavepoints() throws IOException {
        for (String savepoint : world.savepoints()) {
            files().load(savepoint);
        }
    }
}
