package dev.weir.testing.state;

import dev.weir.engine.state.KeyContext;
import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import dev.weir.engine.state.KeyedStore;
import dev.weir.engine.state.KeyedTable;
import dev.weir.engine.state.Namespaces;
import dev.weir.engine.state.Pane;
import dev.weir.engine.state.TableCut;
import dev.weir.engine.state.TableEntry;
import dev.weir.engine.state.TableSpec;
import dev.weir.engine.state.TableSweep;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks a keyed store against a plain map: random operations from a seed, each followed by a comparison. A failure is an
 * {@code AssertionError} that names the seed and the operation.
 */
public final class KeyedStoreContract<V> {
    private static final int SWEEPS_MAX = 10;
    private static final int CUTS_MAX = 3;

    private static final String ONLY = "only";

    /** Makes the store under test. */
    @FunctionalInterface
    public interface StoreFactory {
        /** An empty store over the given context. */
        KeyedStore<ContractKey> create(KeyContext<ContractKey> context);
    }

    private enum Shape {
        ONE_NAMESPACE,
        NAMESPACES,
        /** Arranged by namespace after some operations. */
        BY_NAMESPACE
    }

    private record Place(ContractKey key, String namespace) {}

    /** A cut, and what must be in it whatever happens to the table. */
    private record Taken<V>(TableCut<ContractKey, String, V> cut, Map<Place, @Nullable V> contents) {}

    private final long seed;
    private final Random random;
    private final int keys;
    private final KeyContext<ContractKey> context;
    private final KeyedStore<ContractKey> store;
    private final ContractValues<V> values;
    private final KeyedTable<ContractKey, String, V> table;
    private final Map<Place, @Nullable V> model = new HashMap<>();
    private final List<Taken<V>> taken = new ArrayList<>();
    private final List<String> namespaces;
    private final Shape shape;
    private @Nullable Namespaces<ContractKey, String, V> panes;
    private ContractKey key;
    private int operation;

    private KeyedStoreContract(StoreFactory factory, ContractValues<V> values, long seed, Shape shape) {
        this.seed = seed;
        this.values = values;
        this.random = new Random(seed);
        this.keys = 1 + random.nextInt(400);
        int keyGroupCount = 1 + random.nextInt(40);
        this.context = new KeyContext<>(new KeyGroupSpan(0, keyGroupCount - 1), keyGroupCount);
        this.store = factory.create(context);
        this.shape = shape;
        boolean oneNamespace = shape == Shape.ONE_NAMESPACE;
        this.namespaces = oneNamespace ? List.of(ONLY) : List.of("a", "b", "c", "d", "e");
        TableSpec<String, V> spec = spec(oneNamespace ? ONLY : null);
        check(store.table("table") == null, "an empty store has a table");
        this.table = store.create(spec);
        this.key = new ContractKey(0);
    }

    /**
     * Runs random operations on new stores, with values that can change and with immutable ones that are mostly longs, on
     * tables with many namespaces and on some with a single one.
     *
     * @param factory makes the stores
     * @param seed decides on everything random
     * @param operations how many, for each of the tables
     */
    public static void run(StoreFactory factory, long seed, int operations) {
        for (Shape shape : Shape.values()) {
            new KeyedStoreContract<>(factory, ContractValues.lists(), seed, shape).run(operations);
            new KeyedStoreContract<>(factory, ContractValues.numbers(), seed, shape).run(operations);
        }
    }

    private void run(int operations) {
        withoutKey();
        names();
        operations(operations);
        close();
    }

    private TableSpec<String, V> spec(@Nullable String onlyNamespace) {
        return new TableSpec<>("table", onlyNamespace, new TextCodec(), values.codec(), values.flat());
    }

    private void withoutKey() {
        fails(NullPointerException.class, "get without a key", () -> table.get(namespaces.get(0)));
        fails(NullPointerException.class, "put without a key", () -> table.put(namespaces.get(0), null));
        select(key);
        table.put(namespaces.get(0), null);
        check(table.contains(namespaces.get(0)), "a null value is not an entry");
        check(table.get(namespaces.get(0)) == null, "a null value is not read as null");
        table.remove(namespaces.get(0));
        context.unselect();
        fails(NullPointerException.class, "get after unselect", () -> table.get(namespaces.get(0)));
    }

    private void names() {
        check(store.table("table") == table, "the table is not found by its name");
        check(table.name().equals("table"), "the table has another name");
        TableSpec<String, V> again = spec(null);
        fails(IllegalStateException.class, "a second table of one name", () -> store.create(again));
    }

    private void operations(int operations) {
        select(key);
        for (operation = 0; operation < operations; operation++) {
            if (operation == operations / 4 && shape == Shape.BY_NAMESPACE) {
                panes = table.byNamespace();
            }
            if (random.nextInt(3) > 0) {
                select(new ContractKey(random.nextInt(keys)));
            }
            oneOperation(namespaces.get(random.nextInt(namespaces.size())));
            if (random.nextInt(200) == 0) {
                rareOperation();
                compare();
            }
            if (random.nextInt(200) == 0) {
                cut();
            }
        }
        compare();
        while (!taken.isEmpty()) {
            closeCut();
        }
    }

    private void cut() {
        if (taken.size() == CUTS_MAX) {
            closeCut();
        }
        Map<Place, @Nullable V> contents = new HashMap<>();
        model.forEach((place, value) ->
                contents.put(place, value == null ? null : values.codec().copy(value)));
        taken.add(new Taken<>(table.cut(), contents));
    }

    private void closeCut() {
        Taken<V> any = taken.remove(random.nextInt(taken.size()));
        Map<Place, @Nullable V> contents = new HashMap<>();
        try (TableCut<ContractKey, String, V> cut = any.cut()) {
            for (int keyGroup = 0; keyGroup < context.keyGroupCount(); keyGroup++) {
                Iterator<TableEntry<ContractKey, String, V>> entries = cut.entries(keyGroup);
                int before = contents.size();
                while (entries.hasNext()) {
                    TableEntry<ContractKey, String, V> entry = entries.next();
                    check(
                            KeyGroups.assign(entry.key().hashCode(), context.keyGroupCount()) == keyGroup,
                            "a key is in the wrong key group of a cut");
                    contents.put(new Place(entry.key(), entry.namespace()), entry.value());
                }
                check(contents.size() - before == cut.size(keyGroup), "size of a key group of a cut");
            }
        }
        check(contents.equals(any.contents()), "the cut has changed");
        any.cut().close();
    }

    private void close() {
        store.close();
        check(store.size() == 0, "a closed store has entries");
        store.close();
    }

    private void select(ContractKey selected) {
        key = selected;
        if (random.nextBoolean()) {
            context.select(selected);
        } else {
            int hash = selected.hashCode();
            context.select(selected, hash, KeyGroups.assign(hash, context.keyGroupCount()));
        }
    }

    private void oneOperation(String namespace) {
        Place place = new Place(key, namespace);
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                V value = value();
                table.put(namespace, values.codec().copy(value));
                model.put(place, value);
            }
            case 2 -> {
                same(table.get(namespace), model.get(place), "get");
                check(table.contains(namespace) == model.containsKey(place), "contains");
            }
            case 3 -> change(place);
            case 4 -> {
                table.remove(namespace);
                model.remove(place);
            }
            case 5 -> same(table.removeAndGet(namespace), model.remove(place), "removeAndGet");
            case 6 -> transform(place);
            default -> same(table.peek(key, namespace), model.get(place), "peek");
        }
    }

    /** Changes the object that a read hands out. */
    private void change(Place place) {
        V value = table.get(place.namespace());
        V expected = model.get(place);
        same(value, expected, "get");
        if (value != null && expected != null) {
            long added = random.nextLong();
            values.change(value, added);
            if (store.handsOutLiveValues()) {
                values.change(expected, added);
            }
        }
    }

    private void transform(Place place) {
        long added = random.nextInt(10);
        if (added == 0) {
            // A transformation that fails changes nothing.
            fails(
                    IllegalArgumentException.class,
                    "transform",
                    () -> table.transform(place.namespace(), added, (previous, x) -> {
                        throw new IllegalArgumentException();
                    }));
            return;
        }
        long nothing = values.areOftenNull() ? 1 : -1;
        try {
            table.transform(place.namespace(), added, (previous, x) -> {
                same(previous, model.get(place), "the value to transform");
                return x == nothing ? null : values.appended(previous, x);
            });
        } catch (Exception e) {
            throw new AssertionError(at("transform"), e);
        }
        model.put(place, added == nothing ? null : values.appended(model.get(place), added));
    }

    private void rareOperation() {
        switch (random.nextInt(8)) {
            case 0 -> {
                try {
                    table.transformAll(7L, values::appended);
                } catch (Exception e) {
                    throw new AssertionError(at("transformAll"), e);
                }
                model.replaceAll((place, value) -> values.appended(value, 7L));
            }
            case 1 -> sweepOnce();
            case 2 -> sweepAndChange();
            case 3 -> dropNamespace();
            case 4 -> walkPane();
            case 5 -> sweepAndRemove();
            case 6 -> table.expect(context.span().first(), random.nextInt(100));
            default -> iterateAndChange();
        }
    }

    private void sweepOnce() {
        Map<Place, @Nullable V> seen = new HashMap<>();
        TableSweep<ContractKey, String, V> sweep = table.sweep(1 + random.nextInt(20));
        while (sweep.hasNext()) {
            for (TableEntry<ContractKey, String, V> entry : sweep.next()) {
                Place place = new Place(entry.key(), entry.namespace());
                check(!seen.containsKey(place), "the sweep saw an entry twice");
                seen.put(place, entry.value());
            }
        }
        check(seen.equals(model), "the sweep saw other entries");
    }

    private void sweepAndChange() {
        TableSweep<ContractKey, String, V> sweep = table.sweep(1 + random.nextInt(20));
        while (sweep.hasNext()) {
            for (TableEntry<ContractKey, String, V> entry : sweep.next()) {
                Place place = new Place(entry.key(), entry.namespace());
                check(model.containsKey(place), "the sweep saw a removed entry");
                same(entry.value(), model.get(place), "swept value");
                if (random.nextInt(4) == 0) {
                    sweep.remove(entry);
                    model.remove(place);
                } else if (random.nextInt(4) == 0) {
                    V value = value();
                    sweep.update(entry, values.codec().copy(value));
                    model.put(place, value);
                }
            }
            if (random.nextInt(8) == 0) {
                String namespace = namespaces.get(random.nextInt(namespaces.size()));
                V value = value();
                table.put(namespace, values.codec().copy(value));
                model.put(new Place(key, namespace), value);
            }
        }
    }

    private void dropNamespace() {
        Namespaces<ContractKey, String, V> all = panes;
        if (all != null) {
            String namespace = namespaces.get(random.nextInt(namespaces.size()));
            all.drop(namespace);
            model.keySet().removeIf(place -> place.namespace().equals(namespace));
            for (String present : all.all()) {
                check(!present.equals(namespace), "a dropped namespace is there");
            }
        }
    }

    /** Compares a pane with the model, then changes it by its own means. */
    private void walkPane() {
        Namespaces<ContractKey, String, V> all = panes;
        if (all == null) {
            return;
        }
        String namespace = namespaces.get(random.nextInt(namespaces.size()));
        Pane<ContractKey, V> pane = all.open(namespace);
        Map<Place, @Nullable V> expected = new HashMap<>(model);
        expected.keySet().removeIf(place -> !place.namespace().equals(namespace));
        check(pane.size() == expected.size(), "the pane has another size");
        for (int slot = pane.next(0); slot >= 0; slot = pane.next(slot + 1)) {
            Place place = new Place(pane.key(slot), namespace);
            check(expected.containsKey(place), "the pane has another key");
            same(pane.get(slot), expected.remove(place), "value in the pane");
            if (random.nextInt(4) == 0) {
                V value = values.appended(pane.take(slot), 3);
                model.put(place, values.codec().copy(value));
                pane.replace(slot, value);
            }
        }
        check(expected.isEmpty(), "the pane lacks keys");
        for (int i = 0; i < 10; i++) {
            Place place = new Place(new ContractKey(random.nextInt(keys)), namespace);
            int hash = place.key().hashCode();
            int slot = pane.find(place.key(), hash);
            check(slot >= 0 == model.containsKey(place), "find in the pane");
            if (slot >= 0) {
                pane.remove(slot);
                model.remove(place);
            } else {
                V value = value();
                pane.insert(slot, place.key(), hash, values.codec().copy(value));
                model.put(place, value);
            }
        }
    }

    /** What is moved by a removal may be left to the next sweep, but not for ever. */
    private void sweepAndRemove() {
        int rest = random.nextInt(4);
        Predicate<V> over = value -> (value.toString().hashCode() & 3) == rest;
        model.values().removeIf(value -> value != null && over.test(value));
        for (int i = 0; i < SWEEPS_MAX && table.size() > model.size(); i++) {
            TableSweep<ContractKey, String, V> sweep = table.sweep(1 + random.nextInt(20));
            while (sweep.hasNext()) {
                sweep.removeIf(over);
            }
        }
        check(table.size() == model.size(), "sweeps left entries that are over");
    }

    private void iterateAndChange() {
        Iterator<TableEntry<ContractKey, String, V>> entries = table.entries();
        if (!entries.hasNext()) {
            return;
        }
        Map<Place, @Nullable V> before = new HashMap<>(model);
        for (Place place : before.keySet()) {
            select(place.key());
            table.remove(place.namespace());
            model.remove(place);
        }
        fails(ConcurrentModificationException.class, "an iteration over a changed table", entries::next);
    }

    private void compare() {
        check(table.size() == model.size(), "size=" + table.size() + " expected=" + model.size());
        check(store.size() == model.size(), "size of the store");
        Map<Place, @Nullable V> contents = new HashMap<>();
        table.entries().forEachRemaining(entry -> {
            Place place = new Place(entry.key(), entry.namespace());
            check(!contents.containsKey(place), "an entry came twice");
            contents.put(place, entry.value());
        });
        if (!contents.equals(model)) {
            throw new AssertionError(at("the entries are " + contents + ", expected " + model));
        }
    }

    private V value() {
        return values.appended(null, random.nextLong());
    }

    private void same(@Nullable Object actual, @Nullable Object expected, String what) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(at(what + " gave " + actual + ", expected " + expected));
        }
    }

    private void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(at(what));
        }
    }

    private void fails(Class<? extends Exception> expected, String what, Action action) {
        try {
            action.run();
        } catch (Exception e) {
            check(expected.isInstance(e), what + " failed with " + e + ", expected " + expected);
            return;
        }
        throw new AssertionError(at(what + " did not fail with " + expected));
    }

    private String at(String what) {
        return what + " [seed=" + seed + " operation=" + operation + " key=" + key + "]";
    }

    @FunctionalInterface
    private interface Action {
        void run() throws Exception;
    }
}
