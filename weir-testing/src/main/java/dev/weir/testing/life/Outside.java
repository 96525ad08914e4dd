package dev.weir.testing.life;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Where sinks publish: outlives every process, and knows a transaction again. */
final class Outside {
    private final Map<String, List<String>> transactions = new LinkedHashMap<>();
    private final List<Item> published = new ArrayList<>();
    private long next;

    String newTransaction() {
        return "t" + next++;
    }

    void commit(Transaction transaction) {
        List<String> content = transaction.items().stream().map(Item::toString).toList();
        List<String> before = transactions.putIfAbsent(transaction.id(), content);
        if (before == null) {
            published.addAll(transaction.items());
        } else if (!before.equals(content)) {
            throw new AssertionError(transaction.id() + " comes again with other records");
        }
    }

    int size() {
        return published.size();
    }

    /** Each record once along each of its ways; at least once where that is all that is promised. */
    void check(RandomJob job, boolean exactlyOnce) {
        Map<List<Integer>, Map<String, Integer>> byWay = new LinkedHashMap<>();
        for (Item item : published) {
            byWay.computeIfAbsent(item.path(), path -> new TreeMap<>()).merge(item.origin(), 1, Integer::sum);
        }
        job.ways().forEach((way, source) -> {
            Map<String, Integer> came = byWay.getOrDefault(way, Map.of());
            Map<String, Integer> expected = new TreeMap<>();
            for (Split split : job.splits().getOrDefault(source, List.of())) {
                for (int number = 0; number < split.length(); number++) {
                    expected.put(split.name() + "#" + number, 1);
                }
            }
            boolean right = exactlyOnce
                    ? came.equals(expected)
                    : new TreeSet<>(came.keySet()).equals(new TreeSet<>(expected.keySet()));
            if (!right) {
                throw new AssertionError("records along " + way + " " + difference(expected, came));
            }
        });
        if (exactlyOnce) {
            checkCounts();
        }
    }

    private static String difference(Map<String, Integer> expected, Map<String, Integer> came) {
        Map<String, Integer> wrong = new TreeMap<>();
        expected.forEach((origin, once) -> {
            int times = came.getOrDefault(origin, 0);
            if (times != once) {
                wrong.put(origin, times);
            }
        });
        came.forEach((origin, times) -> {
            if (!expected.containsKey(origin)) {
                wrong.put(origin, times);
            }
        });
        return "came so many times: " + wrong;
    }

    /** The records of a key that went one way on have the counts from 1 up, each once: state and records fit together. */
    private void checkCounts() {
        Map<List<Object>, List<Long>> counts = new LinkedHashMap<>();
        for (Item item : published) {
            for (Item.Stamp stamp : item.stamps()) {
                List<Integer> on =
                        item.path().subList(stamp.depth(), item.path().size());
                counts.computeIfAbsent(List.of(stamp.vertex(), on, stamp.key()), each -> new ArrayList<>())
                        .add(stamp.count());
            }
        }
        counts.forEach((where, all) -> {
            all.sort(null);
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i) != i + 1) {
                    throw new AssertionError("counts of vertex, way on and key " + where + ": " + all);
                }
            }
        });
    }
}
