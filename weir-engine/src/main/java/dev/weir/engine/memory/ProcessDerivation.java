package dev.weir.engine.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The three ways to a budget: from parts that are all set, from the total Flink memory, from the process. The first that
 * is possible is taken, and totals that are set as well must then agree.
 *
 * @param <S> what is set
 * @param <P> the parts of Flink's memory
 */
abstract class ProcessDerivation<S, P> {
    private static final String PROCESS = "total process memory";
    static final String FLINK = "total Flink memory";
    private static final long RAISED_MAX = 1L << 50;

    private final ProcessSettings settings;

    ProcessDerivation(ProcessSettings settings) {
        this.settings = settings;
    }

    /** Flink's memory, and the process around it. */
    record Derived<P>(P parts, ProcessBudget process) {}

    /** Keys that together make totals unnecessary. */
    abstract List<Setting> required();

    abstract P ofRequired();

    abstract P ofTotal(long flink);

    abstract long sum(P parts);

    /** What a process has by default in Flink's own configuration file. */
    abstract long usualProcess();

    final Derived<P> derive() {
        if (required().stream().allMatch(Setting::isGiven)) {
            P parts = ofRequired();
            return around(parts, sum(parts));
        }
        if (settings.flinkSize().isGiven()) {
            long flink = settings.flinkSize().bytes();
            return around(ofTotal(flink), flink);
        }
        if (isProcessSized()) {
            return inProcess(settings.processSize().bytes());
        }
        throw new Contradiction(
                BudgetException.Kind.UNSIZED,
                "none of " + settings.processSize().key() + ", "
                        + settings.flinkSize().key() + " and "
                        + String.join(
                                " with ", required().stream().map(Setting::key).toList()) + " is set",
                List.of(Remedy.set(settings.processSize().key(), 0, usualProcess())));
    }

    private boolean isProcessSized() {
        return settings.processSize().isGiven() || settings.isProfile();
    }

    private Derived<P> inProcess(long process) {
        long metaspace = settings.metaspace().bytes();
        Sized overhead = settings.overhead().of(PROCESS, process);
        long outside = Math.addExact(metaspace, overhead.bytes());
        if (outside > process) {
            throw new Contradiction(
                    BudgetException.Kind.OVER_PROCESS,
                    settings.metaspace().text() + " + JVM overhead=" + Bytes.text(overhead.bytes()) + " ("
                            + overhead.origin().text() + ") > "
                            + settings.processSize().text(),
                    Remedy.and(settings.raiseTotal(), Remedy.lower(settings.metaspace(), outside - process)));
        }
        long flink = process - outside;
        return new Derived<>(
                ofTotal(flink),
                new ProcessBudget(
                        settings.processSize().sized(),
                        new Sized(flink, new Origin.Rest(PROCESS)),
                        settings.metaspace().sized(),
                        overhead));
    }

    private Derived<P> around(P parts, long flink) {
        Sized total = settings.flinkSize().isGiven() ? settings.flinkSize().sized() : Sized.sum(flink);
        Sized metaspace = settings.metaspace().sized();
        long inner = Math.addExact(flink, metaspace.bytes());
        if (!isProcessSized()) {
            Sized overhead = settings.overhead().beside(PROCESS, inner);
            Sized process = Sized.sum(Math.addExact(inner, overhead.bytes()));
            return new Derived<>(parts, new ProcessBudget(process, total, metaspace, overhead));
        }
        long process = settings.processSize().bytes();
        if (process < inner) {
            throw new Contradiction(
                    BudgetException.Kind.OVER_PROCESS,
                    FLINK + "=" + Bytes.text(flink) + " + "
                            + settings.metaspace().text() + " > "
                            + settings.processSize().text(),
                    Remedy.and(Remedy.lower(settings.metaspace(), inner - process), List.of(ownProcess(inner))));
        }
        long rest = process - inner;
        settings.overhead()
                .check(
                        BudgetException.Kind.OVERHEAD,
                        "JVM overhead of " + settings.processSize().text(),
                        rest,
                        List.of(ownProcess(inner)));
        return new Derived<>(
                parts,
                new ProcessBudget(
                        settings.processSize().sized(), total, metaspace, new Sized(rest, new Origin.Rest(PROCESS))));
    }

    /** The process as large as what is in it and the overhead that is nearest to what there is. */
    private Remedy ownProcess(long inner) {
        Setting process = settings.processSize();
        Share overhead = settings.overhead();
        long rest = Math.max(overhead.min().bytes(), Math.min(overhead.max().bytes(), process.bytes() - inner));
        return Remedy.set(process.key(), process.bytes(), Remedy.saturated(inner, rest));
    }

    /**
     * Derives, or says why not and what would help.
     *
     * @param by the derivation of other settings
     * @param with settings with a change
     */
    static <S, P> Derived<P> derive(
            S settings, String process, Function<S, ProcessDerivation<S, P>> by, Changer<S> with)
            throws BudgetException {
        try {
            return by.apply(settings).derive();
        } catch (ArithmeticException e) {
            throw new BudgetException(
                    BudgetException.Kind.OVERFLOW,
                    process + " memory: the sizes add up to more than " + Long.MAX_VALUE,
                    List.of());
        } catch (Contradiction e) {
            throw new BudgetException(
                    e.kind(),
                    process + " memory: " + e.reason(),
                    resolving(e.remedies(), change -> accepted(by.apply(with.with(settings, change)))));
        }
    }

    /** Settings with one changed. */
    interface Changer<S> {
        S with(S settings, Change change);
    }

    private static boolean accepted(ProcessDerivation<?, ?> derivation) {
        try {
            derivation.derive();
            return true;
        } catch (Contradiction | ArithmeticException e) {
            return false;
        }
    }

    /** The smallest change, and the larger total where that is another. */
    private static List<Change> resolving(List<Remedy> remedies, Predicate<Change> accepted) {
        List<Remedy.Set> found = new ArrayList<>();
        List<Change> totals = new ArrayList<>();
        for (Remedy remedy : remedies) {
            if (remedy instanceof Remedy.Set set) {
                Stream.of(set.rounded(), set)
                        .filter(each -> accepted.test(each.change()))
                        .findFirst()
                        .ifPresent(found::add);
            } else if (remedy instanceof Remedy.Raise raise) {
                long least = least(raise, accepted);
                if (least >= 0) {
                    Remedy.Set set = Remedy.set(raise.key(), raise.from(), least);
                    found.add(set);
                    totals.add(set.change());
                }
            }
        }
        found.sort(Comparator.comparingLong(Remedy.Set::distance));
        Stream<Change> smallest = found.stream().limit(1).map(Remedy.Set::change);
        return Stream.concat(smallest, totals.stream()).distinct().toList();
    }

    /** By doubling steps, then by halves; -1 where none is found. */
    private static long least(Remedy.Raise raise, Predicate<Change> accepted) {
        long refused = raise.from() / Bytes.MEBI;
        long step = 1;
        while (!accepted.test(new Change.Size(raise.key(), (refused + step) * Bytes.MEBI))) {
            refused += step;
            step *= 2;
            if (refused > RAISED_MAX / Bytes.MEBI) {
                return -1;
            }
        }
        long good = refused + step;
        while (good - refused > 1) {
            long middle = (refused + good) / 2;
            if (accepted.test(new Change.Size(raise.key(), middle * Bytes.MEBI))) {
                good = middle;
            } else {
                refused = middle;
            }
        }
        return good * Bytes.MEBI;
    }
}
