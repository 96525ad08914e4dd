package dev.weir.engine.memory;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Flink's memory in a task manager: whatever is not said otherwise goes to the task heap, or else to the network. */
final class TaskManagerDerivation extends ProcessDerivation<TaskManagerSettings, TaskManagerDerivation.Parts> {
    private static final long USUAL_PROCESS = 1728 * Bytes.MEBI;
    private final TaskManagerSettings settings;

    TaskManagerDerivation(TaskManagerSettings settings) {
        super(settings.process());
        this.settings = settings;
    }

    /**
     * What is derived.
     *
     * @param total of these and of what is set by itself
     */
    record Parts(Sized taskHeap, Sized network, Sized managed, long total) {}

    @Override
    List<Setting> required() {
        return List.of(settings.taskHeap(), settings.managed());
    }

    @Override
    long usualProcess() {
        return USUAL_PROCESS;
    }

    @Override
    long sum(Parts parts) {
        return parts.total();
    }

    @Override
    Parts ofRequired() {
        if (settings.process().flinkSize().isGiven()) {
            return withNetworkAsRest(
                    settings.process().flinkSize().bytes(), settings.managed().sized());
        }
        Sized heap = settings.taskHeap().sized();
        Sized managed = settings.managed().sized();
        long others = Math.addExact(Math.addExact(fixed(), heap.bytes()), managed.bytes());
        Sized network = settings.network().beside(FLINK, others);
        return new Parts(heap, network, managed, Math.addExact(others, network.bytes()));
    }

    @Override
    Parts ofTotal(long flink) {
        Sized managed = settings.managed().isGiven()
                ? settings.managed().sized()
                : settings.managedShare().of(FLINK, flink);
        if (settings.taskHeap().isGiven()) {
            return withNetworkAsRest(flink, managed);
        }
        Sized network = settings.network().of(FLINK, flink);
        long others = Math.addExact(Math.addExact(fixed(), managed.bytes()), network.bytes());
        if (others > flink) {
            throw overFlink(flink, others, managed, network);
        }
        return new Parts(new Sized(flink - others, new Origin.Rest(FLINK)), network, managed, flink);
    }

    private Parts withNetworkAsRest(long flink, Sized managed) {
        Sized heap = settings.taskHeap().sized();
        long others = Math.addExact(Math.addExact(fixed(), heap.bytes()), managed.bytes());
        if (others > flink) {
            throw overFlink(flink, others, managed, null);
        }
        long rest = flink - others;
        settings.network()
                .check(
                        BudgetException.Kind.NETWORK,
                        "network of " + settings.process().totalText(flink),
                        rest,
                        networkRemedies(flink, rest));
        return new Parts(heap, new Sized(rest, new Origin.Rest(FLINK)), managed, flink);
    }

    /** Whatever is set beside the network, smaller or larger by what the network lacks or has too much of. */
    private List<Remedy> networkRemedies(long flink, long rest) {
        long lacking = settings.network().min().bytes() - rest;
        Setting heap = settings.taskHeap();
        List<Remedy> remedies = new ArrayList<>();
        if (lacking > 0) {
            remedies.addAll(Remedy.lower(heap, lacking));
            remedies.addAll(settings.process().raiseTotal());
        } else {
            long excess = rest - settings.network().max().bytes();
            remedies.add(Remedy.set(heap.key(), heap.bytes(), Remedy.saturated(heap.bytes(), excess)));
            if (settings.process().flinkSize().isGiven()) {
                remedies.add(Remedy.set(settings.process().flinkSize().key(), flink, flink - excess));
            }
        }
        return remedies;
    }

    private long fixed() {
        return Math.addExact(
                Math.addExact(
                        settings.frameworkHeap().bytes(),
                        settings.frameworkOffHeap().bytes()),
                settings.taskOffHeap().bytes());
    }

    private Contradiction overFlink(long flink, long others, Sized managed, @Nullable Sized network) {
        List<String> parts = new ArrayList<>();
        List<Remedy> remedies = new ArrayList<>();
        for (Setting part : List.of(
                settings.taskHeap(), settings.frameworkHeap(), settings.frameworkOffHeap(), settings.taskOffHeap())) {
            if (part.isGiven() || part.bytes() > 0) {
                parts.add(part.text());
                remedies.addAll(Remedy.lower(part, others - flink));
            }
        }
        parts.add("managed memory=" + Bytes.text(managed.bytes()) + " ("
                + managed.origin().text() + ")");
        if (!settings.process().isProfile()) {
            remedies.addAll(Remedy.lower(Setting.given(settings.managed().key(), managed.bytes()), others - flink));
        }
        if (network != null) {
            parts.add("network=" + Bytes.text(network.bytes()) + " ("
                    + network.origin().text() + ")");
        }
        remedies.addAll(0, settings.process().raiseTotal());
        return new Contradiction(
                BudgetException.Kind.OVER_FLINK,
                String.join(" + ", parts) + " is " + Bytes.text(others) + " > "
                        + settings.process().totalText(flink),
                remedies);
    }
}
