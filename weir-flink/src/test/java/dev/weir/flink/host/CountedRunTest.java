package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.task.TaskContext;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.metrics.SimpleCounter;
import org.junit.jupiter.api.Test;

class CountedRunTest {
    private static final int RECORDS = 100;

    /** Nothing else wants the task. */
    private static final TaskContext QUIET = (TaskContext) Proxy.newProxyInstance(
            TaskContext.class.getClassLoader(), new Class<?>[] {TaskContext.class}, (proxy, method, arguments) -> {
                assertThat(method.getName()).isEqualTo("shouldYield");
                return false;
            });

    @Test
    void keysAreToldOnceAndBeforeTheirRecords() throws Exception {
        Object[] values = new Object[RECORDS];
        int[] hashes = new int[RECORDS];
        Arrays.setAll(values, i -> i);
        Arrays.setAll(hashes, i -> 1_000 + i);
        List<Integer> told = new ArrayList<>();
        List<Object> taken = new ArrayList<>();
        SimpleCounter received = new SimpleCounter();
        CountedRun run = new CountedRun(
                (value, timestamp) -> {
                    assertThat(told).contains(1_000 + (Integer) value);
                    taken.add(value);
                },
                received,
                (keyHashes, from, to) -> {
                    for (int i = from; i < to; i++) {
                        told.add(keyHashes[i]);
                    }
                    assertThat(told.size() - taken.size()).isLessThan(RECORDS / 2);
                });

        int next = run.run(new BatchOf(values, hashes), 3, RECORDS - 7, QUIET);

        assertThat(next).isEqualTo(RECORDS - 7);
        assertThat(received.getCount()).isEqualTo(RECORDS - 10);
        assertThat(taken).isEqualTo(Arrays.asList(values).subList(3, RECORDS - 7));
        assertThat(told).isEqualTo(Arrays.stream(hashes, 3, RECORDS - 7).boxed().toList());

        told.clear();
        run = new CountedRun((value, timestamp) -> {}, received, (keyHashes, from, to) -> told.add(from));
        run.run(new BatchOf(values, new int[0]), 0, RECORDS, QUIET);
        assertThat(told).isEmpty();
    }
}
