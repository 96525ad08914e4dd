package dev.weir.flink.state;

import dev.weir.engine.state.HeapTable;
import dev.weir.engine.state.SelectionListener;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.jspecify.annotations.Nullable;

/**
 * How large states on the heap are, by estimate, as metrics. Between records, each second at most, the subtask's thread counts
 * the entries of its tables and serializes some of each, which are looked at in turn: their mean is what an entry of a checkpoint
 * takes.
 */
final class HeapEstimates<K> implements SelectionListener {
    private static final long NANOS_BETWEEN = 1_000_000_000;

    /** At first a job changes fast: from here the time between two looks doubles. */
    private static final long NANOS_BETWEEN_FIRST = 10_000_000;

    /** Where values are so large that a look takes long, the time to the next is so many times as long. */
    private static final int IDLE_TO_LOOK = 100;

    /** Selections of keys for which the clock is read once: so many that it costs nothing, where they come fast. */
    private static final int SELECTIONS_MAX = 4096;

    private static final long CLOCK_NANOS = 10_000_000;
    private static final int SAMPLES = 8;

    /** A new sample counts for so much of the mean. */
    private static final int SAMPLES_OF_MEAN = 32;

    /** Steps through a table that may find nothing. */
    private static final int STEPS = 64;

    /** So much is serialized in one look at most, but for the last sample. */
    private static final int LOOK_BYTES = 1 << 16;

    private final StateRegistry<K> states;
    private final TypeSerializer<K> keySerializer;
    private final Estimates estimates;
    private final Map<String, OfState<?, ?>> looks = new HashMap<>();
    private int interval = 1;
    private long clock = System.nanoTime();
    private long due = clock;
    private long between = NANOS_BETWEEN_FIRST;

    /** @param keySerializer for the subtask's thread */
    HeapEstimates(StateRegistry<K> states, TypeSerializer<K> keySerializer, Estimates estimates) {
        this.states = states;
        this.keySerializer = keySerializer;
        this.estimates = estimates;
    }

    @Override
    public int beforeSelection() {
        long now = System.nanoTime();
        interval = now - clock < CLOCK_NANOS ? Math.min(SELECTIONS_MAX, 2 * interval) : Math.max(1, interval / 2);
        clock = now;
        if (now - due >= 0) {
            look();
            due = now + Math.max(between, IDLE_TO_LOOK * (System.nanoTime() - now));
            between = Math.min(NANOS_BETWEEN, 2 * between);
        }
        return interval;
    }

    private void look() {
        for (RegisteredState<K, ?, ?> state : states.all()) {
            look(state);
        }
    }

    @SuppressWarnings("unchecked") // the name of a state stands for its types
    private <N, V> void look(RegisteredState<K, N, V> state) {
        HeapTable<K, N, V> table = state.onHeap();
        if (table != null) {
            ((OfState<N, V>) looks.computeIfAbsent(state.metaInfo().getName(), OfState<N, V>::new)).look(state, table);
        }
    }

    /** Written by the subtask's thread, read by any. */
    private final class OfState<N, V> {
        private volatile long entries;
        private volatile double entryBytes;
        private @Nullable TableSweep<K, N, V> sweep;
        private boolean failed;

        OfState(String name) {
            estimates.add(name, () -> entries, () -> (long) (entries * entryBytes));
        }

        void look(RegisteredState<K, N, V> state, HeapTable<K, N, V> table) {
            entries = table.size();
            // to write an object may change it, which a snapshot's thread may be writing
            if (failed || table.isRead()) {
                return;
            }
            TableSweep<K, N, V> present = sweep;
            if (present == null || !present.hasNext()) {
                present = table.sweep(SAMPLES);
                sweep = present;
            }
            List<TableEntry<K, N, V>> samples = present.next();
            for (int step = 1; samples.isEmpty() && present.hasNext() && step < STEPS; step++) {
                samples = present.next();
            }
            int written = 0;
            for (TableEntry<K, N, V> entry : samples) {
                if (written < LOOK_BYTES && !failed) {
                    written += sample(state, entry);
                }
            }
        }

        /** Of a state that cannot be written nothing more is looked at: the next snapshot will say so. */
        private int sample(RegisteredState<K, N, V> state, TableEntry<K, N, V> entry) {
            DataOutputViewStreamWrapper out = new DataOutputViewStreamWrapper(OutputStream.nullOutputStream());
            try {
                keySerializer.serialize(entry.key(), out);
                state.metaInfo().getNamespaceSerializer().serialize(entry.namespace(), out);
                state.metaInfo().getStateSerializer().serialize(entry.value(), out);
            } catch (IOException | RuntimeException | LinkageError | StackOverflowError | AssertionError e) {
                failed = true;
                return 0;
            }
            int bytes = out.size();
            double mean = entryBytes;
            entryBytes = mean == 0 ? bytes : mean + (bytes - mean) / SAMPLES_OF_MEAN;
            return bytes;
        }
    }
}
