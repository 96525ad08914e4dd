package dev.weir.engine.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is told of selections, and when. */
final class KeyContextTest {

    private final KeyContext<Integer> context = new KeyContext<>(new KeyGroupSpan(0, 7), 8);
    private final List<String> told = new ArrayList<>();

    private SelectionListener each(int selections) {
        return () -> {
            told.add(selections + " at " + context.key());
            return selections;
        };
    }

    private void select(int from, int to) {
        for (int key = from; key < to; key++) {
            context.select(key);
        }
    }

    @Test
    void listenersAreToldAsOftenAsTheySayWhileTheKeyOfBeforeIsSelected() {
        context.beforeSelection(each(3));
        select(0, 2);
        context.beforeSelection(each(4));
        select(2, 10);
        assertThat(told).containsExactly("3 at null", "3 at 1", "4 at 1", "3 at 4", "4 at 5", "3 at 7");
    }

    @Test
    void theyAreToldSooner() {
        context.beforeSelection(each(1000));
        select(0, 2);
        context.tellSoon();
        select(2, 4);
        assertThat(told).containsExactly("1000 at null", "1000 at 1");
    }
}
