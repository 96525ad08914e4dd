package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.HeapStore;
import dev.weir.engine.state.HeapTenant;
import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.LongKeys;
import dev.weir.engine.state.TableSpec;
import dev.weir.rocksdb.FileCut;
import dev.weir.rocksdb.Load;
import dev.weir.rocksdb.RocksStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps state on the heap while it fits its share of that, and key groups that do not fit in RocksDB, which is opened for the
 * first of them. All of a key group is in one place. Tables have codecs that are {@link TieredCodec}s.
 *
 * <p>Belongs to the subtask's thread. Selecting a key may take as long as a key group takes to be written; accesses to stored
 * ones block for I/O. Failures of the disk are {@code UncheckedIOException}s that name the state.
 */
public final class TieredStore<K> implements KeyedStore<K> {

    /** Selections of keys between two looks at what the heap has, at least and at most. */
    private static final int LOOK_MIN = 64;

    private static final int LOOK_MAX = 1024;

    /** As many selections are made before the next look as use up what is left when each adds so many entries. */
    private static final int ADDED_AT_ONCE = 16;

    /** As many values, lists and maps may be live from one record to the next. */
    private static final int LIVE_MAX = 16;

    private final KeyContext<K> context;
    private final HeapStore<K> heap;
    private final HeapShare share;
    private final Opening<K> opening;
    private final int looksEvery;
    private final Map<String, TieredTable<K, ?, ?>> tables = new LinkedHashMap<>();
    private final List<Movable<K>> movables = new ArrayList<>();
    private final Set<HeapTenant> tenants = new LinkedHashSet<>();
    private final boolean[] stored;
    private @Nullable RocksStore<K> database;
    private boolean asked;
    private boolean closed;
    private int untilLook;
    private int moves;

    /** Opens the database underneath. */
    public interface Opening<K> extends AutoCloseable {

        /** Opens it, once at most, over the store's key context. */
        RocksStore<K> open() throws IOException;

        /** Called where it was not opened, and never will be. */
        @Override
        void close();
    }

    /**
     * A store without tables, everything on the heap unless its share is none.
     *
     * @param longKeys lets tables keep keys as longs on the heap; null where keys are objects
     * @param share of the heap, closed with the store
     * @param opening closed with the store where it was not asked
     * @throws IOException when RocksDB has to be opened and cannot be
     */
    public TieredStore(KeyContext<K> context, @Nullable LongKeys<K> longKeys, HeapShare share, Opening<K> opening)
            throws IOException {
        this(
                context,
                longKeys,
                share,
                opening,
                Math.max(LOOK_MIN, context.span().size()));
    }

    /** @param looksEvery so many selections of a key the share is asked */
    TieredStore(
            KeyContext<K> context, @Nullable LongKeys<K> longKeys, HeapShare share, Opening<K> opening, int looksEvery)
            throws IOException {
        this.context = context;
        this.heap = new HeapStore<>(context, longKeys);
        this.share = share;
        this.opening = opening;
        this.looksEvery = looksEvery;
        this.untilLook = looksEvery;
        this.stored = new boolean[context.span().last() + 1];
        context.beforeSelection(this::recordEnded);
        if (share.leftBytes(0) <= 0) {
            database();
            Arrays.fill(stored, true);
        }
    }

    /** Opens the database now, which may begin with state: key groups of which it has any are stored. */
    public RocksStore<K> database() throws IOException {
        RocksStore<K> present = database;
        if (present == null) {
            dismissTenants();
            asked = true;
            present = opening.open();
            database = present;
            context.tellSoon();
            for (Movable<K> movable : movables) {
                spill(movable, present);
            }
        }
        return present;
    }

    private void dismissTenants() {
        try {
            for (HeapTenant tenant : tenants) {
                tenant.leave();
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("cannot prepare state for its move to RocksDB: " + e.getMessage(), e);
        }
        tenants.clear();
        tables.values().forEach(table -> table.onHeap().byKeyGroup());
    }

    private void spill(Movable<K> movable, RocksStore<K> to) {
        movable.spillTo(to);
        KeyGroupSpan span = context.span();
        for (int keyGroup = span.first(); keyGroup <= span.last(); keyGroup++) {
            if (!stored[keyGroup] && movable.hasStored(keyGroup)) {
                // what others have of it on the heap goes along
                move(keyGroup);
            }
        }
    }

    @Override
    public KeyContext<K> context() {
        return context;
    }

    @Override
    public <N, V> TieredTable<K, N, V> create(TableSpec<N, V> spec) {
        RocksStore.checkName(spec.name());
        TieredCodec<V> codec = TieredCodec.of(spec.values(), spec.name());
        TieredTable<K, N, V> table = new TieredTable<>(
                this,
                heap.create(new TableSpec<>(
                        spec.name(), spec.onlyNamespace(), spec.namespaces(), codec.live(), spec.flat())),
                spec,
                codec);
        tables.put(spec.name(), table);
        add(table);
        return table;
    }

    /** Has some more state move along. */
    public void add(Movable<K> movable) {
        movables.add(movable);
        RocksStore<K> present = database;
        if (present != null) {
            spill(movable, present);
        }
    }

    /** To be called while state comes that no key is selected for: key groups may move. Nobody may be using a value. */
    public void added() {
        if (--untilLook <= 0) {
            look();
        }
    }

    @Override
    public @Nullable KeyedTable<K, ?, ?> table(String name) {
        return tables.get(name);
    }

    @Override
    public boolean handsOutLiveValues() {
        return true;
    }

    /** Whether nothing is in RocksDB, nor may be: it is not open. */
    public boolean isOnHeap() {
        return !asked;
    }

    /** Has somebody told, once, before RocksDB is opened, which is not open. */
    void admit(HeapTenant tenant) {
        if (asked) {
            throw new IllegalStateException("key groups may leave the heap already");
        }
        tenants.add(tenant);
    }

    /** Whether a key group is in RocksDB. */
    public boolean isStored(int keyGroup) {
        return stored[keyGroup];
    }

    /** The key groups that are in RocksDB now. */
    public BitSet stored() {
        BitSet keyGroups = new BitSet(stored.length);
        for (int keyGroup = context.span().first(); keyGroup < stored.length; keyGroup++) {
            keyGroups.set(keyGroup, stored[keyGroup]);
        }
        return keyGroups;
    }

    /** Counts key groups that have moved. */
    int moves() {
        return moves;
    }

    /** Nobody uses a value: what is live may be stored, and key groups may move. As a {@code SelectionListener}. */
    private int recordEnded() {
        if (closed) {
            return Integer.MAX_VALUE;
        }
        if (database != null) {
            int live = 0;
            for (TieredTable<K, ?, ?> table : tables.values()) {
                live += table.live();
            }
            if (live > LIVE_MAX) {
                settle();
            }
            if (--untilLook > 0) {
                return 1;
            }
        }
        if (!tenantsAreIdle()) {
            return 1;
        }
        look();
        return database == null ? untilLook : 1;
    }

    private boolean tenantsAreIdle() {
        for (HeapTenant tenant : tenants) {
            if (!tenant.isIdle()) {
                return false;
            }
        }
        return true;
    }

    private void look() {
        untilLook = looksEvery;
        long left = share.leftBytes(estimatedBytes());
        while (left <= 0) {
            dismissTenants();
            int largest = largest();
            if (largest < 0) {
                return;
            }
            move(largest);
            left = share.leftBytes(estimatedBytes());
        }
        untilLook = (int) Math.max(looksEvery, Math.min(LOOK_MAX, left / ADDED_AT_ONCE / largestEntryBytes()));
    }

    private long estimatedBytes() {
        long bytes = 0;
        for (Movable<K> movable : movables) {
            bytes += movable.estimatedBytes();
        }
        long leaving = 0;
        for (HeapTenant tenant : tenants) {
            leaving += tenant.leavingBytes(bytes);
        }
        return bytes + leaving;
    }

    private long largestEntryBytes() {
        double bytes = 1;
        for (Movable<K> movable : movables) {
            bytes = Math.max(bytes, movable.entryBytes());
        }
        return (long) bytes;
    }

    /** The key group that takes most of the heap, which has no tenants; negative where none takes any. */
    private int largest() {
        KeyGroupSpan span = context.span();
        double[] bytes = new double[span.size()];
        for (Movable<K> movable : movables) {
            double entryBytes = movable.entryBytes();
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] += entryBytes * movable.size(span.first() + i);
            }
        }
        int largest = -1;
        double most = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] > most) {
                most = bytes[i];
                largest = span.first() + i;
            }
        }
        return largest;
    }

    /** Moves a key group to RocksDB, unless it is there. Nobody may be using a value. */
    public void move(int keyGroup) {
        if (stored[keyGroup]) {
            return;
        }
        try (Load load = database().load()) {
            for (Movable<K> movable : movables) {
                movable.copy(keyGroup, load);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot move key group " + keyGroup + " to RocksDB: " + e.getMessage(), e);
        }
        stored[keyGroup] = true;
        moves++;
        for (Movable<K> movable : movables) {
            movable.clear(keyGroup);
        }
    }

    /** Stores what is live, which it is no more: nobody may be using a value. */
    public void settle() {
        tables.values().forEach(TieredTable::settle);
    }

    /**
     * The files of the database as they are now, of all key groups that are stored; null where it was not opened. What is in
     * memory is written first.
     *
     * @throws IOException when the disk fails
     */
    public @Nullable FileCut files() throws IOException {
        settle();
        RocksStore<K> present = database;
        return present == null ? null : present.files();
    }

    @Override
    public long size() {
        long entries = 0;
        for (TieredTable<K, ?, ?> table : tables.values()) {
            entries += table.size();
        }
        return entries;
    }

    @Override
    public void release() {
        heap.release();
    }

    /** {@inheritDoc} Cuts that are still open can be read on. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        tables.clear();
        movables.clear();
        heap.close();
        share.close();
        if (database != null) {
            database.close();
        } else if (!asked) {
            opening.close();
        }
    }
}
