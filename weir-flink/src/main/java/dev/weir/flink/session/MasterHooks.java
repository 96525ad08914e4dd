package dev.weir.flink.session;

import org.apache.flink.core.io.InputSplit;
import org.apache.flink.core.io.InputSplitAssigner;
import org.apache.flink.core.io.InputSplitSource;
import org.apache.flink.runtime.jobgraph.JobVertex;

/** What a vertex is told when its hooks for the job's begin and end run. Immutable. */
record MasterHooks(ClassLoader loader, int parallelism)
        implements JobVertex.InitializeOnMasterContext, JobVertex.FinalizeOnMasterContext {

    /** Splits of a classic input format, as many as it likes but at least one for each subtask. */
    static <T extends InputSplit> InputSplitAssigner assigner(InputSplitSource<T> source, int parallelism)
            throws Exception {
        return source.getInputSplitAssigner(source.createInputSplits(parallelism));
    }

    @Override
    public ClassLoader getClassLoader() {
        return loader;
    }

    @Override
    public int getExecutionParallelism() {
        return parallelism;
    }

    @Override
    public int getFinishedAttempt(int subtaskIndex) {
        return 0;
    }
}
