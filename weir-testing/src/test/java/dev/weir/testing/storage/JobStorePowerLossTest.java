package dev.weir.testing.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.jobstore.JobRecord;
import dev.weir.engine.jobstore.JobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a job store has on a disk that loses power. */
class JobStorePowerLossTest {
    private static final Path DIRECTORY = Path.of("/data/jobs/orders");

    @Test
    void powerLossAtAnyOperationLeavesTheStateBeforeOrAfter() throws IOException {
        int crashes = 0;
        for (int operation = 1; operation < 60; operation++) {
            for (int seed = 0; seed < 40; seed++) {
                crashes += crashAt(operation, seed) ? 1 : 0;
            }
        }
        assertThat(crashes).isGreaterThan(1500);
    }

    private static boolean crashAt(int operation, int seed) throws IOException {
        CrashingDisk disk = new CrashingDisk(new Random(seed));
        disk.crashAfter(operation);
        JobRecord before =
                new JobRecord(JobStore.jobId("orders"), JobRecord.Phase.RUNNING, 1, 1, null, List.of(), List.of());
        long lastId = 0;
        JobRecord after = before;
        boolean crashed = false;
        try {
            JobStore store = JobStore.open(disk, DIRECTORY, "orders", () -> {});
            for (int step = 0; step < 4; step++) {
                before = store.record();
                after = before.withNextCheckpointId(before.nextCheckpointId() + step * 5000L + 1);
                store.skipCheckpointIdsTo(after.nextCheckpointId());
                before = store.record();
                lastId = store.nextCheckpointId();
                before = store.record();
                after = before.withCheckpoints(List.of("/cp/chk-" + step, "/cp/chk-" + (step - 1)));
                store.checkpoints(after.checkpoints());
                before = store.record();
                after = before.in(JobRecord.Phase.SUSPENDED);
                store.phase(JobRecord.Phase.SUSPENDED);
                before = after;
            }
        } catch (CrashingDisk.PowerLoss expected) {
            crashed = true;
        }
        JobStore next = JobStore.open(disk.rebooted(), DIRECTORY, "orders", () -> {});
        String hint = "operation %d seed %d".formatted(operation, seed);
        JobRecord found = next.record();
        assertThat(found.checkpoints()).as(hint).isIn(before.checkpoints(), after.checkpoints());
        assertThat(found.phase()).as(hint).isIn(before.phase(), after.phase());
        assertThat(found.nextCheckpointId()).as(hint).isGreaterThan(lastId);
        assertThat(next.nextCheckpointId()).as(hint).isGreaterThan(lastId);
        return crashed;
    }
}
