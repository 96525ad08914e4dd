package org.example;

/** Its job fails and main does not care. */
public final class SwallowsFailure {
    private SwallowsFailure() {}

    public static void main(String[] args) throws Exception {
        try {
            Fails.main(args);
        } catch (Exception e) {
            System.err.println("swallowed");
        }
    }
}
