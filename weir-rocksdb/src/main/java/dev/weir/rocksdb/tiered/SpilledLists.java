package dev.weir.rocksdb.tiered;

import dev.weir.engine.state.KeyContext;
import dev.weir.rocksdb.ListTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists. One that was not read is appended to without reading it; the elements are live, and stored behind those of before.
 */
public final class SpilledLists<K, N, E> extends Spilled<K, N, List<E>> {

    private final ListTable<K, N, E> lists;

    private static final class Elements<E> extends Live<List<E>> {
        /** The whole list, or what is behind the stored one. */
        List<E> elements;

        boolean whole;

        Elements(int keyGroup, List<E> elements, boolean whole) {
            super(keyGroup);
            this.elements = elements;
            this.whole = whole;
        }
    }

    SpilledLists(KeyContext<K> context, ListTable<K, N, E> lists) {
        super(context, lists);
        this.lists = lists;
    }

    private @Nullable Elements<E> present(Place<K, N> place) {
        return (Elements<E>) find(place);
    }

    @Override
    @Nullable
    List<E> get(N namespace) {
        Place<K, N> place = here(namespace);
        Elements<E> present = present(place);
        if (present == null) {
            List<E> stored = lists.get(namespace);
            if (stored == null) {
                return null;
            }
            present = new Elements<>(context().keyGroup(), stored, true);
            add(place, present);
        } else if (!present.whole) {
            complete(present, lists.get(namespace));
        }
        return present.elements;
    }

    private void complete(Elements<E> present, @Nullable List<E> stored) {
        present.elements = behind(stored, present.elements);
        present.whole = true;
    }

    private List<E> behind(@Nullable List<E> stored, List<E> appended) {
        if (stored == null) {
            return appended;
        }
        stored.addAll(appended);
        return stored;
    }

    @Override
    @Nullable
    List<E> peek(K key, N namespace) {
        Elements<E> present = present(new Place<>(key, namespace));
        if (present == null) {
            return lists.peek(key, namespace);
        }
        return present.whole ? present.elements : behind(lists.peek(key, namespace), present.elements);
    }

    @Override
    boolean contains(N namespace) {
        return present(here(namespace)) != null || lists.contains(namespace);
    }

    @Override
    void put(N namespace, @Nullable List<E> value) {
        if (value == null) {
            remove(namespace);
        } else {
            // others are appended to it
            List<E> elements = value instanceof ArrayList ? value : new ArrayList<>(value);
            add(here(namespace), new Elements<>(context().keyGroup(), elements, true));
        }
    }

    /** Appends elements, at least one, to the list of the selected key, or begins one. */
    public void append(N namespace, List<E> elements) {
        Place<K, N> place = here(namespace);
        Elements<E> present = present(place);
        if (present == null) {
            add(place, new Elements<>(context().keyGroup(), new ArrayList<>(elements), false));
        } else {
            present.elements.addAll(elements);
        }
    }

    @Override
    void store(Place<K, N> place, Live<List<E>> live) {
        Elements<E> present = (Elements<E>) live;
        if (!present.whole) {
            complete(present, lists.peek(place.key(), place.namespace()));
        }
        lists.put(place.key(), present.keyGroup, place.namespace(), present.elements);
    }

    @Override
    void settle(Place<K, N> place, Live<List<E>> live) {
        Elements<E> present = (Elements<E>) live;
        if (present.whole) {
            store(place, live);
        } else {
            lists.append(place.key(), present.keyGroup, place.namespace(), present.elements);
        }
    }
}
