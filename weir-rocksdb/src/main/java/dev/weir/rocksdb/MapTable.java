package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.cache.CachedColumn;
import dev.weir.rocksdb.cache.Encoding;
import dev.weir.rocksdb.cache.EntryCache;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A table of maps, of which single entries are read and written. An empty map is no entry. */
public final class MapTable<K, N, U, W> extends RocksTable<K, N, Map<U, W>> {

    private final @Nullable CachedColumn<W> cached;
    private MapForm<K, N, U, W> form;

    MapTable(
            String name,
            KeyContext<K> context,
            NativeDatabase database,
            KeyLayout<K, N> layout,
            MapCodec<U, W> codec,
            Buffers buffers,
            @Nullable EntryCache cache) {
        super(name, context, database, layout, buffers);
        this.form = new MapForm<>(layout, codec, buffers);
        this.cached = cache(cache, encoding());
    }

    @Override
    MapForm<K, N, U, W> form() {
        return form;
    }

    @Override
    MapForm<K, N, U, W> form(KeyLayout<K, N> by, Codec<Map<U, W>> values) {
        if (!(values instanceof MapCodec<U, W> codec)) {
            throw new IllegalArgumentException("maps in the table '" + name() + "' are written by "
                    + MapCodec.class.getSimpleName() + ", not by " + values.getClass());
        }
        return new MapForm<>(by, codec, buffers());
    }

    @Override
    @Nullable
    Map<U, W> stored(byte[] place, Form<K, N, Map<U, W>> by) {
        return first(new Groups<>(by, scanStored(place)));
    }

    private @Nullable Map<U, W> at(byte[] place) {
        return first(new Groups<>(form, scan(place, place, Scan.PAGE_ENTRIES)));
    }

    private static <K, N, U, W> @Nullable Map<U, W> first(Groups<K, N, Map<U, W>> maps) {
        return maps.hasNext() ? maps.next().value() : null;
    }

    private Encoding<W> encoding() {
        return new ValueEncoding<>(
                name(), form.codec().values(), value -> form.writeValue(value), stored -> form.readValue(stored));
    }

    @Override
    void removeStored(byte[] place) {
        deleteAll(scan(place, place, Scan.PAGE_ENTRIES));
    }

    @Override
    void putStored(byte[] place, @Nullable Map<U, W> value) throws IOException {
        if (value != null) {
            for (Map.Entry<U, W> entry : value.entrySet()) {
                write(form.writeKey(place, entry.getKey()), form.writeValue(entry.getValue()));
            }
        }
    }

    @Override
    void loadStored(Load load, byte[] place, @Nullable Map<U, W> value) throws IOException {
        if (value != null) {
            for (Map.Entry<U, W> entry : value.entrySet()) {
                load(load, form.writeKey(place, entry.getKey()), form.writeValue(entry.getValue()));
            }
        }
    }

    private BytesOut seek(N namespace, U userKey) {
        return seek(context().require(), context().keyGroup(), namespace, userKey);
    }

    private BytesOut seek(K key, int keyGroup, N namespace, U userKey) {
        try {
            return layout().seek(
                            keyGroup,
                            key,
                            required(namespace),
                            userKey,
                            form.codec().keys());
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize a key of", name(), e);
        }
    }

    private @Nullable W value(byte[] stored) {
        try {
            return form.readValue(stored);
        } catch (IOException e) {
            throw NativeDatabase.failed("read a value of", name(), e);
        }
    }

    /** The value of one of the map's keys, null where it has none. */
    public @Nullable W get(N namespace, U userKey) {
        CachedColumn<W> entries = cached;
        if (entries == null) {
            byte[] stored = read(seek(namespace, userKey).getCopyOfBuffer());
            return stored == null ? null : value(stored);
        }
        checkOpen();
        BytesOut place = seek(namespace, userKey);
        return entries.get(place.getSharedBuffer(), place.length());
    }

    /** Sets the value of one of the map's keys. */
    public void put(N namespace, U userKey, @Nullable W value) {
        put(context().require(), context().keyGroup(), namespace, userKey, value);
    }

    /** Sets the value of one of the keys of a map whose key need not be the selected one. */
    public void put(K key, int keyGroup, N namespace, U userKey, @Nullable W value) {
        CachedColumn<W> entries = cached;
        if (entries != null && value != null) {
            beforeChange();
            BytesOut place = seek(key, keyGroup, namespace, userKey);
            entries.put(place.getSharedBuffer(), place.length(), value);
            return;
        }
        byte[] place = seek(key, keyGroup, namespace, userKey).getCopyOfBuffer();
        try {
            write(place, form.writeValue(value));
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize a value of", name(), e);
        }
    }

    /** Whether values of the maps' keys cannot change. */
    public boolean isOfImmutables() {
        return form.codec().values().isImmutable();
    }

    /** Removes one of the map's keys. */
    public void remove(N namespace, U userKey) {
        delete(seek(namespace, userKey).getCopyOfBuffer());
    }

    /** Whether the map has a key, also one of null. */
    public boolean contains(N namespace, U userKey) {
        return read(seek(namespace, userKey).getCopyOfBuffer()) != null;
    }

    /**
     * The map's entries, which may be set and removed through the iterator, and whose values are read when they are asked
     * for. What else changes in the map while iterating may or may not be seen.
     */
    public Iterator<Map.Entry<U, W>> entries(N namespace) {
        byte[] place = place(namespace);
        return new Entries(place.length, scan(place, place, Scan.PAGE_ENTRIES));
    }

    @Override
    public boolean contains(N namespace) {
        byte[] place = place(namespace);
        return scan(place, place, 1).hasNext();
    }

    @Override
    public @Nullable Map<U, W> get(N namespace) {
        return at(place(namespace));
    }

    @Override
    public @Nullable Map<U, W> peek(K key, N namespace) {
        return at(placeOf(key, namespace));
    }

    @Override
    public void put(N namespace, @Nullable Map<U, W> value) {
        put(context().require(), context().keyGroup(), namespace, value);
    }

    @Override
    public void put(K key, int keyGroup, N namespace, @Nullable Map<U, W> value) {
        byte[] place = place(key, keyGroup, namespace);
        removeStored(place);
        try {
            putStored(place, value);
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize an entry of", name(), e);
        }
    }

    @Override
    public void changeCodec(Codec<Map<U, W>> values) {
        flush();
        form = form(layout(), values);
        if (cached != null) {
            cached.changeEncoding(encoding());
        }
    }

    private final class Entries implements Iterator<Map.Entry<U, W>> {
        private final int placeBytes;
        private final Scan scan;
        private @Nullable StoredEntry last;

        Entries(int placeBytes, Scan scan) {
            this.placeBytes = placeBytes;
            this.scan = scan;
        }

        @Override
        public boolean hasNext() {
            return scan.hasNext();
        }

        @Override
        public Map.Entry<U, W> next() {
            if (!scan.hasNext()) {
                throw new NoSuchElementException();
            }
            StoredEntry entry = new StoredEntry(scan.key(), scan.value(), placeBytes);
            scan.advance();
            last = entry;
            return entry;
        }

        @Override
        public void remove() {
            StoredEntry entry = last;
            if (entry == null) {
                throw new IllegalStateException("no entry, or it was removed already");
            }
            last = null;
            delete(entry.key);
        }
    }

    /** Reads key and value once each, when they are asked for. */
    private final class StoredEntry implements Map.Entry<U, W> {
        private final byte[] key;
        private final int placeBytes;
        private byte @Nullable [] stored;
        private @Nullable U userKey;
        private @Nullable W userValue;

        StoredEntry(byte[] key, byte[] stored, int placeBytes) {
            this.key = key;
            this.stored = stored;
            this.placeBytes = placeBytes;
        }

        @Override
        public U getKey() {
            U present = userKey;
            if (present == null) {
                try {
                    present = form.readKey(key, placeBytes);
                } catch (IOException e) {
                    throw NativeDatabase.failed("read a key of", name(), e);
                }
                userKey = present;
            }
            return present;
        }

        @SuppressWarnings("NullAway") // the maps of users may hold null
        @Override
        public W getValue() {
            byte[] unread = stored;
            if (unread != null) {
                userValue = value(unread);
                stored = null;
            }
            return userValue;
        }

        @Override
        public W setValue(W value) {
            W before = getValue();
            try {
                write(key, form.writeValue(value));
            } catch (IOException e) {
                throw NativeDatabase.failed("serialize a value of", name(), e);
            }
            userValue = value;
            return before;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Map.Entry<?, ?> entry
                    && Objects.equals(getKey(), entry.getKey())
                    && Objects.equals(getValue(), entry.getValue());
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(getKey()) ^ Objects.hashCode(getValue());
        }

        @Override
        public String toString() {
            return getKey() + "=" + getValue();
        }
    }
}
