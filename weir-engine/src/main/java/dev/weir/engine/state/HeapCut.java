package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table as it was at one moment. The subtask's thread takes it; any one thread reads it and closes it. Values are the
 * stored objects: they may be read, and must be written by a codec of the reading thread's own.
 */
final class HeapCut<K, N, V> implements AutoCloseable {

    private final int version;
    private final Versions<V> versions;
    private final KeyGroupSpan span;
    private @Nullable List<Segment<K, N, V>> segments;

    HeapCut(int version, Versions<V> versions, KeyGroupSpan span, List<Segment<K, N, V>> segments) {
        this.version = version;
        this.versions = versions;
        this.span = span;
        this.segments = segments;
    }

    /** The version this cut ended: entries with a later stamp have changed since. */
    int version() {
        return version;
    }

    Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return new HeapTable.Entries<>(List.of(segment(keyGroup)));
    }

    /** The entries of a key group written after an earlier cut, as an incremental snapshot needs them. */
    List<TableEntry<K, N, V>> entriesSince(int keyGroup, int earlierVersion) {
        Segment<K, N, V> segment = segment(keyGroup);
        List<TableEntry<K, N, V>> changed = new ArrayList<>();
        for (int i = segment.next(0); i >= 0; i = segment.next(i + 1)) {
            if (segment.stampAt(i) > earlierVersion) {
                changed.add(new TableEntry<>(segment.keyAt(i), segment.namespaceAt(i), segment.valueAt(i)));
            }
        }
        return changed;
    }

    /** Lets the table reuse its objects. Idempotent. */
    @Override
    public void close() {
        if (segments != null) {
            segments = null;
            versions.release(version);
        }
    }

    private Segment<K, N, V> segment(int keyGroup) {
        List<Segment<K, N, V>> present = segments;
        if (present == null) {
            throw new IllegalStateException("the cut of version " + version + " was closed");
        }
        return present.get(span.offsetOf(keyGroup));
    }
}
