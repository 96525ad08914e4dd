package dev.weir.bench.timer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorkloadTest {
    @ParameterizedTest
    @EnumSource
    void bothQueuesFireAtTheSameTimes(Workload workload) {
        long ours = TimerBench.run(workload, Timers.Contender.WEIR, 20_000).seen();

        assertThat(ours)
                .isNotZero()
                .isEqualTo(
                        TimerBench.run(workload, Timers.Contender.FLINK, 20_000).seen());
    }
}
