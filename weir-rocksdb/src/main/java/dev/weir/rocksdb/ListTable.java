package dev.weir.rocksdb;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.cache.EntryCache;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table of lists, which grow without being read. */
public final class ListTable<K, N, E> extends ValueTable<K, N, List<E>> {

    ListTable(
            String name,
            KeyContext<K> context,
            NativeDatabase database,
            KeyLayout<K, N> layout,
            ListCodec<E> values,
            Buffers buffers,
            @Nullable EntryCache cache) {
        super(name, context, database, layout, values, buffers, cache);
    }

    /** An empty list has no bytes, to which nothing can be appended: what comes first would have a delimiter before it. */
    @Override
    boolean isNone(@Nullable List<E> value) {
        return value != null && value.isEmpty();
    }

    /** Appends elements, at least one, to the list of the selected key, or begins one. */
    public void append(N namespace, List<E> elements) {
        append(context().require(), context().keyGroup(), namespace, elements);
    }

    /** Appends elements, at least one, to the list of a key that need not be the selected one. */
    public void append(K key, int keyGroup, N namespace, List<E> elements) {
        byte[] place = place(key, keyGroup, namespace);
        try {
            append(place, form().write(elements));
        } catch (IOException e) {
            throw NativeDatabase.failed("serialize an element of", name(), e);
        }
    }

    /** Moves the elements of other namespaces, in their order, behind those of one, unread. */
    public void merge(N target, Iterable<? extends N> sources) {
        byte[] place = place(target);
        for (N source : sources) {
            byte[] from = place(source);
            byte[] stored = read(from);
            if (stored != null) {
                delete(from);
                append(place, stored);
            }
        }
    }

    @Override
    public void changeCodec(Codec<List<E>> values) {
        if (!(values instanceof ListCodec)) {
            throw new IllegalArgumentException("lists in the table '" + name() + "' are written by "
                    + ListCodec.class.getSimpleName() + ", not by " + values.getClass());
        }
        super.changeCodec(values);
    }
}
