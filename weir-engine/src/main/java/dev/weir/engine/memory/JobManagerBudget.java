package dev.weir.engine.memory;

/** The memory of a job manager, in Flink's parts. */
public record JobManagerBudget(ProcessBudget process, Sized heap, Sized offHeap) {
    /**
     * As Flink derives it.
     *
     * @throws BudgetException where Flink refuses it too
     */
    public static JobManagerBudget of(JobManagerSettings settings) throws BudgetException {
        var derived = ProcessDerivation.derive(
                settings, settings.process().process(), JobManagerDerivation::new, JobManagerSettings::with);
        return new JobManagerBudget(
                derived.process(), derived.parts().heap(), derived.parts().offHeap());
    }
}
