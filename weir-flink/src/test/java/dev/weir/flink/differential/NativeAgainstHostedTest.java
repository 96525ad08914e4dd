package dev.weir.flink.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.host.OperatorReadings.Reading;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random jobs give the same with native twins as with Flink's operators: results with their timestamps, and the watermarks
 * between them, side outputs, accumulators, counters, failures.
 *
 * <p>{@code -Dweir.seed=N} runs one job, {@code -Dweir.seeds=N} runs so many.
 */
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class NativeAgainstHostedTest {
    @Test
    void randomJobsGiveTheSame() throws Exception {
        int natives = 0;
        Seeds seeds = Seeds.orElse(150);
        for (long seed = seeds.first(); seed <= seeds.last(); seed++) {
            SimulatedJob natively = new SimulatedJob(seed, true);
            Outcome actual = natively.run();
            Outcome expected = new SimulatedJob(seed, false).run();
            actual.requireEqual(expected, natively.unordered(), seed);
            natives +=
                    (int) natively.readings().stream().filter(Reading::isNative).count();
        }
        assertThat(natives).as("operators that ran natively").isPositive();
    }
}
