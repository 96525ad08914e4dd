package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.flink.metric.KeyCounts;
import dev.weir.flink.record.Whole;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.jspecify.annotations.Nullable;

/**
 * Counts the keys of the records that a subtask reads, within bounded memory: the hottest by the frequent-items sketch of
 * Apache DataSketches. All of the first records, then one in eight on average, which counts for as many. Owned by the task
 * thread.
 */
final class KeyTally {
    private static final int SKETCH_ENTRIES_MAX = 1_024;
    private static final long ALL_OF_FIRST = 4_096;
    private static final int ONE_IN = 8;
    private static final int HOTTEST_MAX = 10;
    private static final int TEXT_MAX = 100;

    private final ItemsSketch<Object> keys = new ItemsSketch<>(SKETCH_ENTRIES_MAX);
    private final long[] keyGroups;
    private long random;
    private long records;
    private int skip;
    private @Nullable RecordBatch last;
    private int counted;

    /** @param seed decides which records are passed over */
    KeyTally(int keyGroups, long seed) {
        this.keyGroups = new long[keyGroups];
        this.random = 2 * seed + 1;
    }

    /** Takes the records {@code [from, to)} of a batch, those again that are handed on a second time. */
    void take(KeySelector<Object, Object> selector, RecordBatch batch, int from, int to) throws Exception {
        int next = batch == last ? Math.max(from, counted) : from;
        last = batch;
        counted = to;
        for (int i = next; i < to; i++) {
            if (skip > 0) {
                skip--;
            } else {
                take(selector.getKey(Whole.record(batch, i)));
            }
        }
    }

    private void take(Object key) {
        boolean all = records < ALL_OF_FIRST;
        int weight = all ? 1 : ONE_IN;
        keys.update(key, weight);
        keyGroups[KeyGroupRangeAssignment.assignToKeyGroup(key, keyGroups.length)] += weight;
        records += weight;
        skip = all ? 0 : nextSkip();
    }

    /** 0 to 14, 7 on average: what comes at regular intervals is not always passed over. */
    private int nextSkip() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (int) Long.remainderUnsigned(random, 2 * ONE_IN - 1);
    }

    /** What has been counted so far, without the users' objects. */
    KeyCounts counts() {
        last = null;
        if (records == 0) {
            return KeyCounts.NONE;
        }
        List<KeyCounts.Key> hottest = Arrays.stream(keys.getFrequentItems(ErrorType.NO_FALSE_NEGATIVES))
                .limit(HOTTEST_MAX)
                .map(row -> new KeyCounts.Key(text(row.getItem()), row.getEstimate()))
                .toList();
        Map<Integer, Long> groups = new HashMap<>();
        for (int group = 0; group < keyGroups.length; group++) {
            if (keyGroups[group] > 0) {
                groups.put(group, keyGroups[group]);
            }
        }
        return new KeyCounts(records, hottest, groups);
    }

    private static String text(Object key) {
        String text = String.valueOf(key);
        return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "...";
    }
}
