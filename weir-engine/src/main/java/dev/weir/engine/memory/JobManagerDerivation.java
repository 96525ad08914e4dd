package dev.weir.engine.memory;

import java.util.List;

/** Flink's memory in a job manager: heap and off-heap, the one being what the other leaves. */
final class JobManagerDerivation extends ProcessDerivation<JobManagerSettings, JobManagerDerivation.Parts> {
    private static final long USUAL_PROCESS = 1600 * Bytes.MEBI;
    private final JobManagerSettings settings;

    JobManagerDerivation(JobManagerSettings settings) {
        super(settings.process());
        this.settings = settings;
    }

    /** Both. */
    record Parts(Sized heap, Sized offHeap) {}

    @Override
    List<Setting> required() {
        return List.of(settings.heap());
    }

    @Override
    long usualProcess() {
        return USUAL_PROCESS;
    }

    @Override
    long sum(Parts parts) {
        return Math.addExact(parts.heap().bytes(), parts.offHeap().bytes());
    }

    @Override
    Parts ofRequired() {
        Setting heap = settings.heap();
        Setting offHeap = settings.offHeap();
        Setting total = settings.process().flinkSize();
        if (!total.isGiven()) {
            return new Parts(heap.sized(), offHeap.sized());
        }
        if (offHeap.isGiven()) {
            long sum = Math.addExact(heap.bytes(), offHeap.bytes());
            if (sum != total.bytes()) {
                throw new Contradiction(
                        BudgetException.Kind.NOT_FLINK,
                        heap.text() + " + " + offHeap.text() + " is " + Bytes.text(sum)
                                + (sum > total.bytes() ? " > " : " < ") + total.text(),
                        List.of(Remedy.set(total.key(), total.bytes(), sum)));
            }
            return new Parts(heap.sized(), offHeap.sized());
        }
        if (total.bytes() < heap.bytes()) {
            throw new Contradiction(
                    BudgetException.Kind.OVER_FLINK,
                    heap.text() + " > " + total.text(),
                    List.of(
                            Remedy.set(heap.key(), heap.bytes(), total.bytes()),
                            Remedy.set(total.key(), total.bytes(), heap.bytes())));
        }
        return new Parts(heap.sized(), new Sized(total.bytes() - heap.bytes(), new Origin.Rest(FLINK)));
    }

    @Override
    Parts ofTotal(long flink) {
        Setting offHeap = settings.offHeap();
        if (flink <= offHeap.bytes()) {
            throw new Contradiction(
                    BudgetException.Kind.OVER_FLINK,
                    offHeap.text() + " leaves nothing of " + settings.process().totalText(flink) + " for the heap",
                    Remedy.and(
                            flink == 0 ? List.of() : List.of(Remedy.set(offHeap.key(), offHeap.bytes(), flink - 1)),
                            settings.process().raiseTotal()));
        }
        return new Parts(new Sized(flink - offHeap.bytes(), new Origin.Rest(FLINK)), offHeap.sized());
    }
}
