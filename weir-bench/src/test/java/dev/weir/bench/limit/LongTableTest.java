package dev.weir.bench.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bench.input.Hash;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongTableTest {
    @Test
    void holdsWhatAMapHolds() {
        LongTable table = new LongTable(2, 4);
        Map<Long, Long> model = new HashMap<>();
        Random random = new Random(7);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 20_000; i++) {
                long key = random.nextLong(-1_000, 2_000);
                int at = table.find(key, Hash.mix(key));
                table.cells()[at] += i;
                table.cells()[at + 1]++;
                model.merge(key, (long) i, Long::sum);
            }
            Map<Long, Long> drained = new HashMap<>();
            table.drain((key, cells, at) -> drained.put(key, cells[at]));
            assertThat(drained).isEqualTo(model);
            model.clear();
        }
    }
}
