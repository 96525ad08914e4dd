package dev.weir.engine.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a table that is arranged by namespace: one for each, with the keys of all key groups. A segment per key
 * group and namespace would take several times the memory of its entries where windows are many and their keys are few.
 */
final class NamespaceSegments<K, N, V> implements Namespaces<K, N, V> {

    private final Versions<V> versions;
    private final @Nullable LongKeys<K> keys;
    private final Map<N, Segment<K, N, V>> segments = new HashMap<>();
    private final Segment<K, N, V> none;
    private @Nullable FlatValues<V> flat;
    private @Nullable N lastNamespace;
    private Segment<K, N, V> last;

    // Those made last, the last one behind.
    private final List<Segment<K, N, V>> newest = new ArrayList<>();
    private int newestMax = 1;

    // The one made last, and what it had if it was dropped.
    private Segment<K, N, V> latest;
    private int sizeOfDropped;

    NamespaceSegments(Versions<V> versions, Layout<K, N, V> layout) {
        this.versions = versions;
        this.keys = layout.keys;
        this.flat = layout.flat;
        this.none = new Segment<>(versions, layout);
        this.last = none;
        this.latest = none;
    }

    @Override
    public Pane<K, V> open(N namespace) {
        return new Pane<>(require(namespace));
    }

    @Override
    public void drop(N namespace) {
        Segment<K, N, V> dropped = segments.remove(namespace);
        if (dropped != null) {
            if (dropped == latest) {
                sizeOfDropped = dropped.size();
                latest = none;
            }
            dropped.clear();
        }
        newest.remove(dropped);
        lastNamespace = null;
        last = none;
    }

    @Override
    public Iterable<N> all() {
        return segments.keySet();
    }

    Collection<Segment<K, N, V>> segments() {
        return segments.values();
    }

    @Override
    public void readAhead(int count) {
        newestMax = count;
    }

    /** Those of the segments made last that are still there. */
    List<Segment<K, N, V>> newest() {
        return newest;
    }

    /** The segment of a namespace; one that is empty and stays so where the namespace is not there. */
    Segment<K, N, V> find(N namespace) {
        if (!namespace.equals(lastNamespace)) {
            Segment<K, N, V> found = segments.get(namespace);
            if (found == null) {
                return none;
            }
            lastNamespace = namespace;
            last = found;
        }
        return last;
    }

    /** The segment of a namespace, made where the namespace is not there. */
    Segment<K, N, V> require(N namespace) {
        Segment<K, N, V> found = find(namespace);
        if (found == none) {
            found = new Segment<>(versions, new Layout<>(namespace, keys, flat));
            found.reserve(sizeOfLatest() / 2);
            segments.put(namespace, found);
            while (newest.size() >= newestMax) {
                newest.remove(0);
            }
            newest.add(found);
            latest = found;
        }
        return found;
    }

    /** What the namespace made last has, or had when it was dropped: the next one may come to as much. */
    private int sizeOfLatest() {
        return latest == none ? sizeOfDropped : latest.size();
    }

    void flatten(FlatValues<V> values) {
        flat = values;
        segments.values().forEach(segment -> segment.flatten(values));
    }
}
