package dev.weir.bench.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one process took for one job. Steady means from where a quarter of the records has passed to the end of the job.
 *
 * @param records of the whole run
 * @param steadyRecords of them, those in the steady part
 * @param steadyCpuSeconds of all threads of the process, compilers and collectors included
 * @param netSeconds from submission to the end of the job, as the engine tells it
 * @param processCpuSeconds from the start of the JVM
 * @param peakResidentBytes of the process
 * @param answerRecords how many results the job had
 * @param answerChecksum of all results, whatever their order
 * @param latencyMillis by name of the quantile, of the jobs that measure it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Run(
        String job,
        Contender contender,
        boolean reuse,
        int round,
        long records,
        long steadyRecords,
        double steadySeconds,
        double steadyCpuSeconds,
        double steadyGcSeconds,
        double netSeconds,
        double processCpuSeconds,
        long peakResidentBytes,
        long answerRecords,
        String answerChecksum,
        @Nullable Map<String, Double> latencyMillis) {

    /** Whether it is told apart from others by its latency, not by its rate. */
    @JsonIgnore
    public boolean isPaced() {
        return latencyMillis != null;
    }

    /** One quantile of a paced run. */
    public double latencyMillis(String quantile) {
        Double millis = latencyMillis == null ? null : latencyMillis.get(quantile);
        if (millis == null) {
            throw new IllegalArgumentException("no " + quantile + " in the latencies of " + job);
        }
        return millis;
    }

    /** Records per second in the steady part. */
    public double rate() {
        return steadyRecords / steadySeconds;
    }

    /** CPU seconds for a million records in the steady part. */
    public double cpuSecondsPerMillion() {
        return steadyCpuSeconds * 1e6 / steadyRecords;
    }

    /** Whether another run has the same results. */
    public boolean agreesWith(Run other) {
        return answerRecords == other.answerRecords && answerChecksum.equals(other.answerChecksum);
    }
}
