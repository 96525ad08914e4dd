package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.MapTable;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Maps, entry by entry. A value of an immutable type goes to the database at once; another one is live from when it is read or
 * put. A map that was asked for as a whole is live as a whole.
 */
public final class SpilledMaps<K, N, U, W> extends Spilled<K, N, Map<U, W>> {

    /** Of a larger iteration the values that came first are stored on the way. */
    private static final int LIVE_MAX = 4096;

    private final MapTable<K, N, U, W> maps;

    private static final class Values<U, W> extends Live<Map<U, W>> {
        /** The whole map, or those of its entries that are live. */
        Map<U, W> values;

        boolean whole;

        /** What was removed while other entries are live: an iteration may have read it before. */
        final Set<U> removed = new HashSet<>();

        Values(int keyGroup, Map<U, W> values, boolean whole) {
            super(keyGroup);
            this.values = values;
            this.whole = whole;
        }
    }

    SpilledMaps(KeyContext<K> context, MapTable<K, N, U, W> maps) {
        super(context, maps);
        this.maps = maps;
    }

    private @Nullable Values<U, W> present(Place<K, N> place) {
        return (Values<U, W>) find(place);
    }

    private Values<U, W> require(Place<K, N> place) {
        Values<U, W> present = present(place);
        if (present == null) {
            present = new Values<>(context().keyGroup(), new HashMap<>(), false);
            add(place, present);
        }
        return present;
    }

    @Override
    @Nullable
    Map<U, W> get(N namespace) {
        Place<K, N> place = here(namespace);
        Values<U, W> present = present(place);
        if (present != null && present.whole) {
            return present.values;
        }
        Map<U, W> stored = maps.get(namespace);
        if (present == null && stored == null) {
            return null;
        }
        Values<U, W> all = require(place);
        all.values = over(stored, all.values);
        all.whole = true;
        return all.values;
    }

    private Map<U, W> over(@Nullable Map<U, W> stored, Map<U, W> live) {
        Map<U, W> all = stored == null ? new HashMap<>() : stored;
        all.putAll(live);
        return all;
    }

    @Override
    @Nullable
    Map<U, W> peek(K key, N namespace) {
        Values<U, W> present = present(new Place<>(key, namespace));
        if (present == null) {
            return maps.peek(key, namespace);
        }
        return present.whole ? present.values : over(maps.peek(key, namespace), present.values);
    }

    @Override
    boolean contains(N namespace) {
        return !isEmpty(namespace);
    }

    @Override
    void put(N namespace, @Nullable Map<U, W> value) {
        if (value == null) {
            remove(namespace);
        } else {
            add(here(namespace), new Values<>(context().keyGroup(), value, true));
        }
    }

    /** The value of one of the map's keys, null where it has none. */
    public @Nullable W get(N namespace, U userKey) {
        Place<K, N> place = here(namespace);
        Values<U, W> present = present(place);
        if (present != null && (present.whole || present.values.containsKey(userKey))) {
            return present.values.get(userKey);
        }
        W value = maps.get(namespace, userKey);
        if (value != null && !maps.isOfImmutables()) {
            require(place).values.put(userKey, value);
        }
        return value;
    }

    /** Sets the value of one of the map's keys. */
    public void put(N namespace, U userKey, @Nullable W value) {
        Place<K, N> place = here(namespace);
        Values<U, W> present = present(place);
        if ((present != null && present.whole) || (value != null && !maps.isOfImmutables())) {
            Values<U, W> live = require(place);
            live.values.put(userKey, value);
            live.removed.remove(userKey);
        } else {
            if (present != null) {
                present.values.remove(userKey);
                present.removed.remove(userKey);
            }
            maps.put(namespace, userKey, value);
        }
    }

    /** Removes one of the map's keys. */
    public void remove(N namespace, U userKey) {
        Values<U, W> present = present(here(namespace));
        if (present != null) {
            present.values.remove(userKey);
            present.removed.add(userKey);
        }
        if (present == null || !present.whole) {
            maps.remove(namespace, userKey);
        }
    }

    /** Whether the map has a key, also one of null. */
    public boolean contains(N namespace, U userKey) {
        Values<U, W> present = present(here(namespace));
        if (present != null && (present.whole || present.values.containsKey(userKey))) {
            return present.values.containsKey(userKey);
        }
        return maps.contains(namespace, userKey);
    }

    /** Whether the map has no entries. */
    public boolean isEmpty(N namespace) {
        Values<U, W> present = present(here(namespace));
        if (present != null && (present.whole || !present.values.isEmpty())) {
            return present.values.isEmpty();
        }
        return !maps.contains(namespace);
    }

    /**
     * The map's entries, which may be set and removed through the iterator. What else changes in the map while iterating may or
     * may not be seen.
     */
    public Iterator<Map.Entry<U, W>> entries(N namespace) {
        Place<K, N> place = here(namespace);
        Values<U, W> present = present(place);
        if (present != null) {
            if (present.whole) {
                return present.values.entrySet().iterator();
            }
            store(place, present);
        }
        Iterator<Map.Entry<U, W>> stored = maps.entries(namespace);
        return maps.isOfImmutables() ? stored : new Entries(place, stored);
    }

    /** The map's keys, which may be removed through the iterator. */
    public Iterator<U> keys(N namespace) {
        Place<K, N> place = here(namespace);
        Values<U, W> present = present(place);
        if (present != null) {
            if (present.whole) {
                return present.values.keySet().iterator();
            }
            store(place, present);
        }
        return new Keys(place, maps.entries(namespace));
    }

    @Override
    void store(Place<K, N> place, Live<Map<U, W>> live) {
        Values<U, W> present = (Values<U, W>) live;
        if (present.whole) {
            maps.put(place.key(), present.keyGroup, place.namespace(), present.values);
        } else {
            present.values.forEach(
                    (userKey, value) -> maps.put(place.key(), present.keyGroup, place.namespace(), userKey, value));
        }
    }

    /** Over the keys of stored entries. */
    private final class Keys implements Iterator<U> {
        private final Place<K, N> place;
        private final Iterator<Map.Entry<U, W>> stored;
        private @Nullable U last;

        Keys(Place<K, N> place, Iterator<Map.Entry<U, W>> stored) {
            this.place = place;
            this.stored = stored;
        }

        @Override
        public boolean hasNext() {
            return stored.hasNext();
        }

        @Override
        public U next() {
            U key = stored.next().getKey();
            last = key;
            return key;
        }

        @Override
        public void remove() {
            stored.remove();
            Values<U, W> present = present(place);
            if (present != null) {
                present.values.remove(last);
            }
        }
    }

    /** Over stored entries, whose values become live. */
    private final class Entries implements Iterator<Map.Entry<U, W>> {
        private final Place<K, N> place;
        private final Values<U, W> live;
        private final Iterator<Map.Entry<U, W>> stored;
        private final List<U> passed = new ArrayList<>();
        private Map.@Nullable Entry<U, W> last;

        Entries(Place<K, N> place, Iterator<Map.Entry<U, W>> stored) {
            this.place = place;
            this.live = require(place);
            this.stored = stored;
        }

        @Override
        public boolean hasNext() {
            return stored.hasNext();
        }

        @Override
        public Map.Entry<U, W> next() {
            if (passed.size() >= LIVE_MAX && isCurrent() && !live.whole) {
                storePassed();
            }
            last = stored.next();
            U userKey = last.getKey();
            if (!isCurrent() || live.removed.contains(userKey)) {
                return last; // read before it went
            }
            if (!live.values.containsKey(userKey)) {
                W value = last.getValue();
                if (value == null) {
                    return last;
                }
                live.values.put(userKey, value);
                passed.add(userKey);
            }
            return new LiveEntry(userKey, live.values.get(userKey));
        }

        /** False once the map was cleared, or another key selected. */
        private boolean isCurrent() {
            return find(place) == live;
        }

        private void storePassed() {
            for (U userKey : passed) {
                W value = live.values.remove(userKey);
                if (value != null) {
                    maps.put(place.key(), live.keyGroup, place.namespace(), userKey, value);
                }
            }
            passed.clear();
        }

        @Override
        public void remove() {
            Map.Entry<U, W> removed = last;
            stored.remove();
            if (removed != null) {
                live.values.remove(removed.getKey());
            }
        }

        private final class LiveEntry extends AbstractMap.SimpleEntry<U, W> {
            private static final long serialVersionUID = 1L;

            LiveEntry(U userKey, W value) {
                super(userKey, value);
            }

            @Override
            public W setValue(W value) {
                if (isCurrent()) {
                    live.values.put(getKey(), value);
                } else {
                    maps.put(place.key(), live.keyGroup, place.namespace(), getKey(), value);
                }
                return super.setValue(value);
            }
        }
    }
}
