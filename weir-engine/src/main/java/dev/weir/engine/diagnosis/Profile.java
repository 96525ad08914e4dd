package dev.weir.engine.diagnosis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the busy time of some threads goes into. Immutable.
 *
 * @param looks how many there were
 * @param busyLooks those in which a thread did not wait for input or space
 * @param shares of the busy time, collections included, the largest first; together 1, or none without a busy look
 * @param methods where it is spent: of those that most looks have met, with the share
 */
public record Profile(int looks, int busyLooks, List<Share> shares, List<Method> methods) {
    private static final int METHODS_MAX = 5;

    /** A part of the busy time, 0 to 1. */
    public record Share(Activity activity, double share) {}

    /** A method, what was done in it, and its part of the busy time. */
    public record Method(String name, Activity activity, double share) {}

    public Profile {
        shares = List.copyOf(shares);
        methods = List.copyOf(methods);
    }

    /**
     * Counts.
     *
     * @param gc share of the time that the process was stopped for collections, 0 to 1; no look falls into it
     */
    public static Profile of(Collection<StackSample> samples, FrameTable table, double gc) {
        Map<Activity, Integer> counts = new EnumMap<>(Activity.class);
        Map<FrameTable.Verdict, Integer> frames = new HashMap<>();
        int busy = 0;
        for (StackSample sample : samples) {
            FrameTable.Verdict verdict = table.classify(sample);
            if (verdict.activity() != Activity.EXCHANGE) {
                busy++;
                counts.merge(verdict.activity(), 1, Integer::sum);
                frames.merge(verdict, 1, Integer::sum);
            }
        }
        if (busy == 0) {
            return new Profile(samples.size(), 0, List.of(), List.of());
        }
        // of the time that was not paused some was busy; the pauses hold up busy threads as they do idle ones
        double running = (1 - gc) * busy / samples.size();
        double rest = running / (running + gc);
        List<Share> shares = new ArrayList<>();
        for (Map.Entry<Activity, Integer> each : counts.entrySet()) {
            shares.add(new Share(each.getKey(), rest * each.getValue() / busy));
        }
        if (gc > 0) {
            shares.add(new Share(Activity.GC, 1 - rest));
        }
        shares.sort(Comparator.comparingDouble(Share::share).reversed());
        int all = busy;
        List<Method> methods = frames.entrySet().stream()
                .sorted(Map.Entry.<FrameTable.Verdict, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(entry -> entry.getKey().frame()))
                .limit(METHODS_MAX)
                .map(entry ->
                        new Method(entry.getKey().frame(), entry.getKey().activity(), rest * entry.getValue() / all))
                .toList();
        return new Profile(samples.size(), busy, shares, methods);
    }

    /** The part of the busy time that an activity has; 0 where it was not met. */
    public double share(Activity activity) {
        return shares.stream()
                .filter(each -> each.activity() == activity)
                .mapToDouble(Share::share)
                .sum();
    }
}
