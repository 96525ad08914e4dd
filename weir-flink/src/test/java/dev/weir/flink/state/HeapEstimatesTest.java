package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.weir.flink.state.Snapshots.Format;
import dev.weir.testing.wait.Waits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Estimates of states on the heap, beside what a snapshot writes. */
@Timeout(60)
final class HeapEstimatesTest {
    private static final int KEYS = 10_000;
    private static final int SNAPSHOT_BYTES_MAX = 1 << 26;

    private final Gauges gauges = new Gauges(new HashMap<>(), "");
    private final AbstractKeyedStateBackend<Long> backend;

    HeapEstimatesTest() throws Exception {
        backend = new BackendPair.Shape<>(LongSerializer.INSTANCE, 16).ours(KeyGroupRange.of(0, 15), List.of());
        KeyedBackends.estimate(backend, new Estimates(gauges));
    }

    @AfterEach
    void close() {
        backend.dispose();
    }

    /** By the names of their groups and their own. */
    private static final class Gauges extends UnregisteredMetricsGroup {
        private final Map<String, Gauge<?>> all;
        private final String prefix;

        Gauges(Map<String, Gauge<?>> all, String prefix) {
            this.all = all;
            this.prefix = prefix;
        }

        @Override
        public MetricGroup addGroup(String name) {
            return new Gauges(all, prefix + name + ".");
        }

        @Override
        public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
            all.put(prefix + name, gauge);
            return gauge;
        }

        long value(String name) {
            Gauge<?> gauge = all.get(name);
            return gauge == null ? -1 : (Long) gauge.getValue();
        }
    }

    private ValueState<String> texts() throws Exception {
        return backend.getPartitionedState(
                VoidNamespace.INSTANCE,
                VoidNamespaceSerializer.INSTANCE,
                new ValueStateDescriptor<>("texts", Types.STRING));
    }

    private ListState<Long> lists() throws Exception {
        return backend.getPartitionedState(
                VoidNamespace.INSTANCE,
                VoidNamespaceSerializer.INSTANCE,
                new ListStateDescriptor<>("lists", Types.LONG));
    }

    /** Records of a key come until an estimate is what is expected. */
    private void awaitEntries(String state, long entries) {
        while (gauges.value(state + ".estimatedEntries") != entries) {
            backend.setCurrentKey(1L);
            Waits.aMoment();
        }
    }

    private long snapshotBytes() throws Exception {
        RunnableFuture<SnapshotResult<KeyedStateHandle>> future =
                Snapshots.take(backend, Format.CHECKPOINT, new MemCheckpointStreamFactory(SNAPSHOT_BYTES_MAX));
        future.run();
        return future.get().getJobManagerOwnedSnapshot().getStateSize();
    }

    @Test
    void entriesAreCountedAndBytesAreThoseOfASnapshot() throws Exception {
        for (long key = 0; key < KEYS; key++) {
            backend.setCurrentKey(key);
            texts().update("x".repeat(90 + (int) (key % 20)));
        }
        awaitEntries("texts", KEYS);
        assertThat(gauges.value("texts.estimatedBytes")).isCloseTo(snapshotBytes(), withPercentage(10));

        for (long key = 0; key < KEYS; key += 2) {
            backend.setCurrentKey(key);
            texts().clear();
        }
        awaitEntries("texts", KEYS / 2);
        assertThat(gauges.value("texts.estimatedBytes")).isCloseTo(snapshotBytes(), withPercentage(10));
    }

    /** So deep that to write it takes more stack than there is. */
    public static final class Deep {
        public @Nullable Object below;
    }

    @Test
    void whatCannotBeWrittenIsCountedAllTheSame() throws Exception {
        Deep top = new Deep();
        for (int depth = 0; depth < 1_000_000; depth++) {
            Deep above = new Deep();
            above.below = top;
            top = above;
        }
        backend.setCurrentKey(1L);
        backend.getPartitionedState(
                        VoidNamespace.INSTANCE,
                        VoidNamespaceSerializer.INSTANCE,
                        new ValueStateDescriptor<>("deep", Types.GENERIC(Deep.class)))
                .update(top);
        awaitEntries("deep", 1);
        assertThat(gauges.value("deep.estimatedBytes")).isZero();
    }

    @Test
    void listsThatGrowAreSeenToGrow() throws Exception {
        backend.setCurrentKey(1L);
        lists().add(1L);
        awaitEntries("lists", 1);
        long before = gauges.value("lists.estimatedBytes");
        assertThat(before).isEqualTo(8 + 1 + 4 + 8); // key, namespace, size, element

        for (long i = 0; i < 1_000; i++) {
            lists().add(i);
        }
        while (gauges.value("lists.estimatedBytes") < 2 * before) {
            backend.setCurrentKey(1L);
            Waits.aMoment();
        }
    }
}
