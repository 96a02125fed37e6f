"""Memory quality, measured from outside: figures beside their floors."""
