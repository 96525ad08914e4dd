package dev.weir.flink.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.accumulators.AccumulatorHelper;
import org.apache.flink.runtime.accumulators.AccumulatorRegistry;
import org.apache.flink.runtime.accumulators.StringifiedAccumulatorResult;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Merges the accumulators of a job's subtasks into the job's. Stateless. */
final class JobAccumulators {
    private static final Logger LOG = LoggerFactory.getLogger(JobAccumulators.class);

    private JobAccumulators() {}

    /** Values by name, serialized as clients expect them; an accumulator that fails to merge or serialize says so. */
    static Map<String, SerializedValue<OptionalFailure<Object>>> merged(Collection<AccumulatorRegistry> registries) {
        Map<String, SerializedValue<OptionalFailure<Object>>> values = new HashMap<>();
        mergedInto(registries).forEach((name, accumulator) -> values.put(name, serialized(name, accumulator)));
        return values;
    }

    private static Map<String, OptionalFailure<Accumulator<?, ?>>> mergedInto(
            Collection<AccumulatorRegistry> registries) {
        Map<String, OptionalFailure<Accumulator<?, ?>>> merged = new HashMap<>();
        for (AccumulatorRegistry registry : registries) {
            // one by one, so that what is wrong with one does not hide the others
            registry.getUserMap().forEach((name, accumulator) -> {
                try {
                    AccumulatorHelper.mergeInto(merged, Map.of(name, accumulator));
                } catch (RuntimeException | LinkageError e) {
                    LOG.warn("accumulator '{}' cannot be merged", name, e);
                    merged.put(name, OptionalFailure.ofFailure(e));
                }
            });
        }
        return merged;
    }

    /** In words, of the job, of its vertices and of its subtasks. */
    static AccumulatorTexts texts(Map<ExecutionVertexID, AccumulatorRegistry> registries) {
        if (registries.values().stream()
                .allMatch(registry -> registry.getUserMap().isEmpty())) {
            return AccumulatorTexts.EMPTY;
        }
        Map<JobVertexID, List<AccumulatorRegistry>> byVertex = new HashMap<>();
        Map<ExecutionVertexID, StringifiedAccumulatorResult[]> ofSubtasks = new HashMap<>();
        registries.forEach((subtask, registry) -> {
            byVertex.computeIfAbsent(subtask.getJobVertexId(), vertex -> new ArrayList<>())
                    .add(registry);
            ofSubtasks.put(subtask, text(List.of(registry)));
        });
        Map<JobVertexID, StringifiedAccumulatorResult[]> ofVertices = new HashMap<>();
        byVertex.forEach((vertex, ofVertex) -> ofVertices.put(vertex, text(ofVertex)));
        return new AccumulatorTexts(text(registries.values()), ofVertices, ofSubtasks);
    }

    private static StringifiedAccumulatorResult[] text(Collection<AccumulatorRegistry> registries) {
        return StringifiedAccumulatorResult.stringifyAccumulatorResults(mergedInto(registries));
    }

    private static SerializedValue<OptionalFailure<Object>> serialized(
            String name, OptionalFailure<Accumulator<?, ?>> accumulator) {
        try {
            OptionalFailure<Object> value = accumulator.isFailure()
                    ? OptionalFailure.ofFailure(accumulator.getFailureCause())
                    : OptionalFailure.of(accumulator.getUnchecked().getLocalValue());
            return new SerializedValue<>(value);
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.warn("accumulator '{}' cannot be serialized", name, e);
            try {
                return new SerializedValue<>(OptionalFailure.ofFailure(new FlinkException(
                        "accumulator '" + name + "' cannot be serialized: " + ExceptionUtils.stringifyException(e))));
            } catch (IOException impossible) {
                throw new UncheckedIOException("accumulator '" + name + "'", impossible);
            }
        }
    }
}
