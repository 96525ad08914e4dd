package dev.weir.testing.life;

import dev.weir.engine.checkpoint.SubtaskSnapshot;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.task.PendingSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A subtask's state at a barrier; what is in tables is read when it is written, while the task goes on. */
final class Snapshot implements PendingSnapshot {
    private final TaskState small;
    private final @Nullable Counts counts;
    private final @Nullable TableCut<Integer, String, long[]> cut;
    private final boolean finishedBefore;
    private boolean cancelled;

    /** @param finishedBefore whether there is no state: the vertex had finished before the job was restored */
    Snapshot(List<Split> splits, List<Transaction> transactions, @Nullable Counts counts, boolean finishedBefore) {
        this.finishedBefore = finishedBefore;
        this.small = new TaskState(List.copyOf(splits), new TreeMap<>(), List.copyOf(transactions), new ArrayList<>());
        this.counts = counts;
        this.cut = counts == null ? null : counts.cut();
    }

    void overtaken(int edge, Item item) {
        small.inFlight().add(new TaskState.Overtaken(edge, item.copy()));
    }

    @Override
    public Bytes complete() throws IOException {
        if (cancelled) {
            throw new IOException("given up");
        }
        Map<Integer, Long> read = counts == null || cut == null ? Map.of() : counts.read(cut);
        release();
        return new Bytes(
                new TaskState(small.splits(), read, small.transactions(), small.inFlight()).bytes(), finishedBefore);
    }

    @Override
    public void cancel() {
        cancelled = true;
        release();
    }

    private void release() {
        if (cut != null) {
            cut.close();
        }
    }

    /** Written, apart from the disk. */
    record Bytes(byte[] bytes, boolean finished) implements SubtaskSnapshot {
        @Override
        public long checkpointedBytes() {
            return bytes.length;
        }

        @Override
        public long fullBytes() {
            return bytes.length;
        }
    }
}
