package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weir.flink.metric.KeyCounts;
import dev.weir.flink.record.Whole;
import java.util.Random;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;

class KeyTallyTest {
    private static final KeySelector<Object, Object> ITSELF = value -> value;

    private static BatchOf batch(Object... values) {
        return new BatchOf(values, new int[0]);
    }

    @Test
    void fewRecordsAreCountedExactly() throws Exception {
        KeyTally tally = new KeyTally(128, 0);

        tally.take(ITSELF, batch("a", "b", "a", new Whole("a")), 0, 4);

        KeyCounts counts = tally.counts();
        assertThat(counts.records()).isEqualTo(4);
        assertThat(counts.hottest()).containsExactly(new KeyCounts.Key("a", 3), new KeyCounts.Key("b", 1));
        assertThat(counts.keyGroups())
                .containsEntry(KeyGroupRangeAssignment.assignToKeyGroup("a", 128), 3L)
                .containsEntry(KeyGroupRangeAssignment.assignToKeyGroup("b", 128), 1L)
                .hasSize(2);
    }

    @Test
    void ofManyItIsAnEstimateInBoundedMemory() throws Exception {
        KeyTally tally = new KeyTally(128, 3);
        Random random = new Random(42);
        int records = 400_000;
        for (int i = 0; i < records; i += 100) {
            Object[] values = new Object[100];
            for (int j = 0; j < values.length; j++) {
                // a third is one key, at regular places; no other comes often
                values[j] = j % 3 == 0 ? "hot" : random.nextLong();
            }
            tally.take(ITSELF, batch(values), 0, values.length);
        }

        KeyCounts counts = tally.counts();

        assertThat((double) counts.records() / records).isCloseTo(1, within(0.05));
        assertThat(counts.hottest().get(0).key()).isEqualTo("hot");
        assertThat((double) counts.hottest().get(0).records() / counts.records())
                .isCloseTo(0.34, within(0.03));
        assertThat(counts.hottest()).hasSizeLessThanOrEqualTo(10);
        assertThat(counts.keyGroups()).hasSize(128);
    }

    @Test
    void recordsThatAreHandedOnTwiceCountOnce() throws Exception {
        KeyTally tally = new KeyTally(128, 0);
        BatchOf batch = batch("a", "b", "c");

        tally.take(ITSELF, batch, 0, 3);
        tally.take(ITSELF, batch, 1, 3);
        tally.take(ITSELF, batch("a"), 0, 1);

        assertThat(tally.counts().records()).isEqualTo(4);
    }

    @Test
    void longKeysAreCut() throws Exception {
        KeyTally tally = new KeyTally(1, 0);

        tally.take(ITSELF, batch("x".repeat(1_000)), 0, 1);

        assertThat(tally.counts().hottest().get(0).key()).isEqualTo("x".repeat(100) + "...");
    }

    @Test
    void nothingReadIsNothing() {
        assertThat(new KeyTally(128, 0).counts()).isEqualTo(KeyCounts.NONE);
    }

    @Test
    void aSelectorThatFailsEndsTheCountingOnly() throws Exception {
        KeyTally tally = new KeyTally(128, 0);
        KeyTap tap = new KeyTap(
                value -> {
                    if (value.equals("bad")) {
                        throw new IllegalStateException("no key");
                    }
                    return value;
                },
                tally);

        tap.show(batch("a", "bad", "a"), 0, 3);
        tap.show(batch("a"), 0, 1);

        assertThat(tally.counts().records()).isEqualTo(1);
    }
}
