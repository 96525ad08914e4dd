package dev.weir.it.harness;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One line of text for any element. */
final class Text {
    private Text() {}

    static String of(@Nullable Object element) {
        if (element == null || !element.getClass().isArray()) {
            return String.valueOf(element).replace("\n", "\\n");
        }
        String nested = Arrays.deepToString(new Object[] {element});
        return nested.substring(1, nested.length() - 1).replace("\n", "\\n");
    }
}
