package dev.weir.testing.life;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSpec;
import dev.weir.testing.state.TextCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counters by key in a keyed store, changed in place where that hands out its values. */
final class Counts implements AutoCloseable {
    private static final String ONLY = "";

    private final KeyedStore<Integer> store;
    private final KeyedTable<Integer, String, long[]> table;
    private final KeyGroupSpan span;
    private final List<TableCut<Integer, String, long[]>> cuts = new ArrayList<>();

    Counts(
            JobLives.StoreFactory stores,
            int subtask,
            int maxParallelism,
            int parallelism,
            Map<Integer, Long> restored) {
        span = KeyGroups.spanOf(subtask, maxParallelism, parallelism);
        store = stores.create(new KeyContext<>(span, maxParallelism));
        table = store.create(new TableSpec<>("counts", ONLY, new TextCodec(), new CounterCodec(), null));
        restored.forEach((key, count) -> {
            store.context().select(key);
            table.put(ONLY, new long[] {count});
        });
    }

    long next(int key) {
        store.context().select(key);
        long[] counter = table.get(ONLY);
        if (counter == null) {
            table.put(ONLY, new long[] {1});
            return 1;
        }
        counter[0]++;
        if (!store.handsOutLiveValues()) {
            table.put(ONLY, counter);
        }
        return counter[0];
    }

    TableCut<Integer, String, long[]> cut() {
        TableCut<Integer, String, long[]> cut = table.cut();
        cuts.add(cut);
        return cut;
    }

    @Override
    public void close() {
        cuts.forEach(TableCut::close);
        store.close();
    }

    Map<Integer, Long> read(TableCut<Integer, String, long[]> cut) {
        Map<Integer, Long> counts = new TreeMap<>();
        for (int keyGroup = span.first(); keyGroup <= span.last(); keyGroup++) {
            Iterator<TableEntry<Integer, String, long[]>> entries = cut.entries(keyGroup);
            while (entries.hasNext()) {
                TableEntry<Integer, String, long[]> entry = entries.next();
                long[] counter = entry.value();
                counts.put(entry.key(), counter == null ? 0 : counter[0]);
            }
        }
        return counts;
    }

    private static final class CounterCodec implements Codec<long[]> {
        @Override
        public void write(long[] value, DataOutput out) throws IOException {
            out.writeLong(value[0]);
        }

        @Override
        public long[] read(DataInput in) throws IOException {
            return new long[] {in.readLong()};
        }

        @Override
        public long[] copy(long[] value) {
            return value.clone();
        }

        @Override
        public boolean isImmutable() {
            return false;
        }

        @Override
        public Codec<long[]> duplicate() {
            return new CounterCodec();
        }
    }
}
