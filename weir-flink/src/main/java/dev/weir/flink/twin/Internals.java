package dev.weir.flink.twin;

import java.lang.reflect.Field;

/** Reads what Flink's operators keep to themselves; when a job starts, never per record. */
final class Internals {
    private Internals() {}

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // callers know the field
    static <T> T read(Class<?> owner, String field, Object of) {
        try {
            Field declared = owner.getDeclaredField(field);
            declared.setAccessible(true);
            Object value = declared.get(of);
            if (value == null) {
                throw new IllegalStateException(owner.getName() + "." + field + " is not set yet");
            }
            return (T) value;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "this version of Flink has no " + owner.getName() + "." + field + "; Weir is made for Flink 2.3",
                    e);
        }
    }
}
