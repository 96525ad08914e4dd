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
    private final int keyGroupCount;
    private final boolean byKeyGroup;
    private @Nullable List<Segment<K, N, V>> segments;

    /** @param byKeyGroup whether there is a segment for each key group; any number else */
    HeapCut(
            int version,
            Versions<V> versions,
            KeyContext<K> context,
            List<Segment<K, N, V>> segments,
            boolean byKeyGroup) {
        this.version = version;
        this.versions = versions;
        this.span = context.span();
        this.keyGroupCount = context.keyGroupCount();
        this.byKeyGroup = byKeyGroup;
        this.segments = segments;
    }

    /** The version this cut ended: entries with a later stamp have changed since. */
    int version() {
        return version;
    }

    Iterator<TableEntry<K, N, V>> entries(int keyGroup) {
        return entriesSince(keyGroup, 0).iterator();
    }

    /** The entries of a key group written after an earlier cut, as an incremental snapshot needs them. */
    List<TableEntry<K, N, V>> entriesSince(int keyGroup, int earlierVersion) {
        List<TableEntry<K, N, V>> changed = new ArrayList<>();
        for (Segment<K, N, V> segment : segments(keyGroup)) {
            for (int i = segment.next(0); i >= 0; i = segment.next(i + 1)) {
                if (segment.stampAt(i) > earlierVersion && (byKeyGroup || keyGroupAt(segment, i) == keyGroup)) {
                    changed.add(new TableEntry<>(segment.keyAt(i), segment.namespaceAt(i), segment.valueAt(i)));
                }
            }
        }
        return changed;
    }

    private int keyGroupAt(Segment<K, N, V> segment, int i) {
        return KeyGroups.assign(Segment.unmix(segment.hashAt(i)), keyGroupCount);
    }

    /** Lets the table reuse its objects. Idempotent. */
    @Override
    public void close() {
        if (segments != null) {
            segments = null;
            versions.release(version);
        }
    }

    private List<Segment<K, N, V>> segments(int keyGroup) {
        List<Segment<K, N, V>> present = segments;
        if (present == null) {
            throw new IllegalStateException("the cut of version " + version + " was closed");
        }
        int offset = span.offsetOf(keyGroup);
        return byKeyGroup ? List.of(present.get(offset)) : present;
    }
}
