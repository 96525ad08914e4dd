package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.state.KeyGroupSpan;
import dev.weir.engine.state.KeyGroups;
import java.util.Random;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;

final class KeyGroupsTest {

    @Test
    void keysGoToTheKeyGroupsFlinkGivesThem() {
        Random random = new Random(42);
        for (int i = 0; i < 200_000; i++) {
            int hash = i < 1_000 ? i - 500 : random.nextInt();
            int count = 1 + random.nextInt(1 << 15);
            if (KeyGroups.assign(hash, count) != KeyGroupRangeAssignment.computeKeyGroupForKeyHash(hash, count)) {
                assertThat(KeyGroups.assign(hash, count))
                        .as("hash=%d count=%d", hash, count)
                        .isEqualTo(KeyGroupRangeAssignment.computeKeyGroupForKeyHash(hash, count));
            }
        }
        for (int hash : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThat(KeyGroups.assign(hash, 128))
                    .isEqualTo(KeyGroupRangeAssignment.computeKeyGroupForKeyHash(hash, 128));
        }
    }

    @Test
    void subtasksOwnTheKeyGroupsFlinkGivesThem() {
        for (int count : new int[] {1, 2, 3, 7, 128, 1_000, 1 << 15}) {
            for (int parallelism = 1; parallelism <= Math.min(count, 130); parallelism++) {
                for (int subtask = 0; subtask < parallelism; subtask++) {
                    KeyGroupRange flinks =
                            KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(count, parallelism, subtask);
                    KeyGroupSpan ours = KeyGroups.spanOf(subtask, count, parallelism);
                    assertThat(ours).isEqualTo(new KeyGroupSpan(flinks.getStartKeyGroup(), flinks.getEndKeyGroup()));
                    assertThat(KeyGroups.subtaskOf(ours.first(), count, parallelism))
                            .isEqualTo(subtask);
                    assertThat(KeyGroups.subtaskOf(ours.last(), count, parallelism))
                            .isEqualTo(subtask);
                }
            }
        }
    }

    @Test
    void moreSubtasksThanKeyGroupsAreRefused() {
        assertThatThrownBy(() -> KeyGroups.spanOf(0, 4, 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parallelism=5 must lie between 1 and maxParallelism=4");
    }
}
