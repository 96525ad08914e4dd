package dev.weir.engine.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SlotTableTest {

    private static List<SlotSharer> sharers(String group, int parallelism) {
        List<SlotSharer> sharers = new ArrayList<>();
        for (int index = 0; index < parallelism; index++) {
            sharers.add(new SlotSharer(group, index));
        }
        return sharers;
    }

    @Test
    void whoComesFirstTakesTheLowest() {
        assertThat(SlotTable.EMPTY.next(sharers("a", 3), 5, slot -> true).slots())
                .isEqualTo(Map.of(new SlotSharer("a", 0), 0, new SlotSharer("a", 1), 1, new SlotSharer("a", 2), 2));
    }

    @Test
    void aNewcomerTakesASlotThatNobodyGoesBackTo() {
        SlotTable before = new SlotTable(Map.of(new SlotSharer("a", 1), 0, new SlotSharer("a", 0), 2));

        SlotTable after = before.next(sharers("a", 3), 3, slot -> true);

        assertThat(after.slots())
                .isEqualTo(Map.of(new SlotSharer("a", 0), 2, new SlotSharer("a", 1), 0, new SlotSharer("a", 2), 1));
    }

    @Test
    void moreSharersThanSlotsAreRefused() {
        assertThatThrownBy(() -> SlotTable.EMPTY.next(sharers("a", 3), 2, slot -> true))
                .hasMessage("sharers=3 > slots=2");
    }

    /** Lives of jobs: processes come and go, jobs are rescaled, the number of slots changes, directories get lost. */
    @Test
    void whoeverHasAUsableSlotKeepsItAndNoTwoShareOne() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            SlotTable table = SlotTable.EMPTY;
            for (int step = 0; step < 20; step++) {
                List<SlotSharer> sharers = new ArrayList<>();
                for (String group : List.of("default", "a group", "b")) {
                    sharers.addAll(sharers(group, random.nextInt(5)));
                }
                Collections.shuffle(sharers, random);
                int count = sharers.size() + random.nextInt(4);
                Set<Integer> lost = new HashSet<>();
                for (int slot = 0; slot < count; slot++) {
                    if (random.nextInt(5) == 0) {
                        lost.add(slot);
                    }
                }

                SlotTable next = table.next(sharers, count, slot -> !lost.contains(slot));

                assertThat(next.slots().keySet()).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(sharers);
                assertThat(next.slots().values())
                        .as("seed %d", seed)
                        .doesNotHaveDuplicates()
                        .allMatch(slot -> slot >= 0 && slot < count);
                table.slots().forEach((sharer, slot) -> {
                    if (sharers.contains(sharer) && slot < count && !lost.contains(slot)) {
                        assertThat(next.slots()).containsEntry(sharer, slot);
                    }
                });
                // what the next process reads
                table = SlotTable.parse(next.text());
                assertThat(table).isEqualTo(next);
            }
        }
    }

    @Test
    void whatIsDamagedIsNoTable() {
        String text =
                SlotTable.EMPTY.next(sharers("a group", 3), 3, slot -> true).text();
        assertThat(text).isEqualTo("weir slots 1\n0 0 a group\n1 1 a group\n2 2 a group\n");
        for (int end = 0; end < text.length(); end++) {
            SlotTable read = SlotTable.parse(text.substring(0, end));
            assertThat(read == null || read.slots().size() < 3).isTrue();
        }
        assertThat(SlotTable.parse("weir slots 2\n")).isNull();
        assertThat(SlotTable.parse("weir slots 1\n0 0 a\n0 1 a\n")).isNull();
        assertThat(SlotTable.parse("weir slots 1\n0 0 a\n1 0 a\n")).isNull();
        assertThat(SlotTable.parse("weir slots 1\n-1 0 a\n")).isNull();
        assertThat(SlotTable.parse("weir slots 1\n0 a\n")).isNull();
    }
}
