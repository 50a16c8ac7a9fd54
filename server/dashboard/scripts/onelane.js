// The dashboard's one module; each part is a file about one element, and works on markup that stands without it.
import "./theme.js";
import "./keys.js";
import "./palette.js";
import "./appearance.js";
import "./toasts.js";
import "./live.js";
import "./forms.js";
import "./rows.js";
import "./filter.js";
import "./timeline.js";
import "./chart.js";
import "./rail.js";
import "./file_input.js";
import "./auto_refresh.js";
import { tellAll } from "./time.js";

tellAll();
