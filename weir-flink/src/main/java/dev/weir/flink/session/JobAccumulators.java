package dev.weir.flink.session;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.accumulators.AccumulatorHelper;
import org.apache.flink.runtime.accumulators.AccumulatorRegistry;
import org.apache.flink.util.OptionalFailure;
import org.apache.flink.util.SerializedValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Merges the accumulators of a job's subtasks into the job's. Stateless. */
final class JobAccumulators {
    private static final Logger LOG = LoggerFactory.getLogger(JobAccumulators.class);

    private JobAccumulators() {}

    /** Values by name, serialized as clients expect them; an accumulator that fails to merge or serialize says so. */
    static Map<String, SerializedValue<OptionalFailure<Object>>> merged(List<AccumulatorRegistry> registries) {
        Map<String, OptionalFailure<Accumulator<?, ?>>> merged = new HashMap<>();
        for (AccumulatorRegistry registry : registries) {
            AccumulatorHelper.mergeInto(merged, Map.copyOf(registry.getUserMap()));
        }
        Map<String, SerializedValue<OptionalFailure<Object>>> values = new HashMap<>();
        merged.forEach((name, accumulator) -> values.put(name, serialized(name, accumulator)));
        return values;
    }

    private static SerializedValue<OptionalFailure<Object>> serialized(
            String name, OptionalFailure<Accumulator<?, ?>> accumulator) {
        OptionalFailure<Object> value = accumulator.isFailure()
                ? OptionalFailure.ofFailure(accumulator.getFailureCause())
                : OptionalFailure.of(accumulator.getUnchecked().getLocalValue());
        try {
            return new SerializedValue<>(value);
        } catch (IOException e) {
            LOG.warn("accumulator '{}' cannot be serialized", name, e);
            try {
                return new SerializedValue<>(OptionalFailure.ofFailure(e));
            } catch (IOException unserializable) {
                throw new IllegalStateException("accumulator '" + name + "' failed in an unserializable way", e);
            }
        }
    }
}
