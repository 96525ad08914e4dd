package dev.weir.rocksdb;

import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSweep;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A sweep in the order of stored keys. It remembers a key, so the table may change as it likes in between. */
final class Sweep<K, N, V> implements TableSweep<K, N, V> {

    private static final byte[] EVERYTHING = {};

    private final RocksTable<K, N, V> table;
    private final int entriesMax;
    private final List<TableEntry<K, N, V>> visited = new ArrayList<>();
    private final List<byte[]> places = new ArrayList<>();
    private byte @Nullable [] from;

    Sweep(RocksTable<K, N, V> table, int entriesMax) {
        this.table = table;
        this.entriesMax = entriesMax;
        this.from = EVERYTHING;
        // An empty table is swept.
        if (!table.scan(EVERYTHING, EVERYTHING, 1).hasNext()) {
            from = null;
        }
    }

    @Override
    public boolean hasNext() {
        return from != null;
    }

    @Override
    public List<TableEntry<K, N, V>> next() {
        visited.clear();
        places.clear();
        byte[] begin = from;
        from = null;
        if (begin != null) {
            Groups<K, N, V> entries = new Groups<>(
                    table.form(), table.scan(EVERYTHING, begin, Math.min(Scan.PAGE_ENTRIES, entriesMax + 1)));
            while (entries.hasNext() && visited.size() < entriesMax) {
                visited.add(entries.next());
                places.add(entries.place());
            }
            if (entries.hasNext()) {
                from = entries.nextPlace();
            }
        }
        return visited;
    }

    @Override
    public void removeIf(Predicate<? super V> over) {
        next();
        for (int i = 0; i < visited.size(); i++) {
            V value = visited.get(i).value();
            if (value != null && over.test(value)) {
                table.removeStored(places.get(i));
            }
        }
    }

    @Override
    public void remove(TableEntry<K, N, V> entry) {
        table.removeStored(placeOf(entry));
    }

    @Override
    public void update(TableEntry<K, N, V> entry, @Nullable V value) {
        byte[] place = placeOf(entry);
        table.removeStored(place);
        try {
            table.putStored(place, value);
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize a value of", table.name(), e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // it must be the very entry that was handed out
    private byte[] placeOf(TableEntry<K, N, V> entry) {
        for (int i = 0; i < visited.size(); i++) {
            if (visited.get(i) == entry) {
                return places.get(i);
            }
        }
        throw new IllegalStateException("the entry is not of the last visit");
    }
}
