package dev.weir.bench.result;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A figure over the rounds. */
record Spread(double min, double median, double max) {
    static Spread of(Collection<Run> runs, ToDoubleFunction<Run> figure) {
        List<Double> sorted = runs.stream().map(figure::applyAsDouble).sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(sorted.get(0), median, sorted.get(sorted.size() - 1));
    }

    /** The median, with least and greatest where there is more than one round. */
    String text() {
        return min == max
                ? String.format(Locale.ROOT, "%.2f", median)
                : String.format(Locale.ROOT, "%.2f (%.2f..%.2f)", median, min, max);
    }
}
