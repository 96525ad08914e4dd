package dev.weir.flink.state;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.MetricGroup;

/** The estimates of an operator's states as metrics, each the sum of what it has in different places. For any thread. */
public final class Estimates {

    private final MetricGroup group;
    private final Map<String, List<Part>> states = new ConcurrentHashMap<>();

    /** What a state has in one place. */
    private record Part(LongSupplier entries, LongSupplier bytes) {}

    /** @param group of the operator */
    public Estimates(MetricGroup group) {
        this.group = group;
    }

    /** Has a state count what it has in one more place. */
    void add(String state, LongSupplier entries, LongSupplier bytes) {
        states.computeIfAbsent(state, this::register).add(new Part(entries, bytes));
    }

    private List<Part> register(String state) {
        List<Part> parts = new CopyOnWriteArrayList<>();
        MetricGroup ofState = group.addGroup(state);
        ofState.gauge("estimatedEntries", new Estimate(state, true, () -> sum(parts, Part::entries)));
        ofState.gauge("estimatedBytes", new Estimate(state, false, () -> sum(parts, Part::bytes)));
        return parts;
    }

    private static long sum(List<Part> parts, Function<Part, LongSupplier> what) {
        return parts.stream().mapToLong(part -> what.apply(part).getAsLong()).sum();
    }
}
