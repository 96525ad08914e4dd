package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.cache.CachedColumn;
import dev.weir.rocksdb.cache.Encoding;
import dev.weir.rocksdb.cache.EntryCache;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A table of values that are read and written whole. */
class ValueTable<K, N, V> extends RocksTable<K, N, V> {

    private final @Nullable CachedColumn<V> cached;
    private ValueForm<K, N, V> form;

    ValueTable(
            String name,
            KeyContext<K> context,
            NativeDatabase database,
            KeyLayout<K, N> layout,
            Codec<V> values,
            Buffers buffers,
            @Nullable EntryCache cache) {
        super(name, context, database, layout, buffers);
        this.form = new ValueForm<>(layout, values, buffers);
        this.cached = cache(cache, encoding(values));
    }

    @Override
    final ValueForm<K, N, V> form() {
        return form;
    }

    @Override
    final ValueForm<K, N, V> form(KeyLayout<K, N> by, Codec<V> values) {
        return new ValueForm<>(by, values, buffers());
    }

    @Override
    final @Nullable V stored(byte[] place, Form<K, N, V> by) throws IOException {
        byte[] stored = readStored(place);
        return stored == null ? null : ((ValueForm<K, N, V>) by).read(stored);
    }

    @Override
    final void removeStored(byte[] place) {
        delete(place);
    }

    /** Whether no entry stands for the value. */
    boolean isNone(@Nullable V value) {
        return false;
    }

    @Override
    final void putStored(byte[] place, @Nullable V value) throws IOException {
        if (!isNone(value)) {
            write(place, form.write(value));
        }
    }

    @Override
    final void loadStored(Load load, byte[] place, @Nullable V value) throws IOException {
        if (!isNone(value)) {
            load(load, place, form.write(value));
        }
    }

    @Override
    public final @Nullable V get(N namespace) {
        CachedColumn<V> entries = cached;
        if (entries == null) {
            return at(place(namespace));
        }
        checkOpen();
        BytesOut place = seek(namespace);
        return entries.get(place.getSharedBuffer(), place.length());
    }

    private Encoding<V> encoding(Codec<V> values) {
        return new ValueEncoding<>(name(), values, value -> form.write(value), stored -> form.read(stored));
    }

    @Override
    public final @Nullable V peek(K key, N namespace) {
        return at(placeOf(key, namespace));
    }

    private @Nullable V at(byte[] place) {
        try {
            byte[] stored = read(place);
            return stored == null ? null : form.read(stored);
        } catch (IOException e) {
            throw NativeDatabase.failed("read a value of", name(), e);
        }
    }

    @Override
    public final boolean contains(N namespace) {
        return read(place(namespace)) != null;
    }

    @Override
    public final void put(N namespace, @Nullable V value) {
        put(context().require(), context().keyGroup(), namespace, value);
    }

    @Override
    public final void put(K key, int keyGroup, N namespace, @Nullable V value) {
        if (isNone(value)) {
            delete(place(key, keyGroup, namespace));
            return;
        }
        CachedColumn<V> entries = cached;
        if (entries != null && value != null) {
            beforeChange();
            BytesOut place = seek(key, keyGroup, namespace);
            entries.put(place.getSharedBuffer(), place.length(), value);
            return;
        }
        byte[] place = place(key, keyGroup, namespace);
        try {
            write(place, form.write(value));
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize a value of", name(), e);
        }
    }

    @Override
    public void changeCodec(Codec<V> values) {
        flush();
        form = form(layout(), values);
        if (cached != null) {
            cached.changeEncoding(encoding(values));
        }
    }
}
